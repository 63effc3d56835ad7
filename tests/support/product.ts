import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { until } from './until.ts';
import { CLI } from './command.ts';

/** A running `agenticore serve` or `agenticore worker`. */
export interface Product {
  child: ChildProcess;
  pid: number;
  /** Address of the API; empty for a worker. */
  url: string;
  said: () => string;
  /** SIGKILL, as a crash would. */
  kill: () => Promise<void>;
  /** SIGTERM, and waits for the end. */
  stop: () => Promise<void>;
}

const READY = { serve: /API +(http:\S+)/, worker: /Worker (\S+) is ready/ };

/** Starts the built product and resolves when it says that it is ready; `begun` hears of its process before that. */
export async function startProduct(
  verb: 'serve' | 'worker',
  env: Record<string, string>,
  args: string[] = [],
  begun: (product: Product) => void = () => undefined,
): Promise<Product> {
  const child = spawn(process.execPath, [CLI, verb, ...args], { env, stdio: ['ignore', 'inherit', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const exited = once(child, 'close');
  begun(describe(child, '', () => said, exited));
  for (;;) {
    const ready = READY[verb].exec(said);
    if (ready) return describe(child, verb === 'serve' ? (ready[1] ?? '') : '', () => said, exited);
    const heard = await Promise.race([once(child.stderr, 'data'), exited.then(() => 'exited' as const)]);
    if (heard === 'exited') throw new Error(`agenticore ${verb} ended before it was ready:\n${said}`);
  }
}

function describe(child: ChildProcess, url: string, said: () => string, exited: Promise<unknown>): Product {
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  return { child, pid: child.pid ?? 0, url, said, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}

interface Answer<T> {
  status: number;
  body: T;
  headers: Headers;
}

/** One call of the API. */
export async function call<T>(
  url: string,
  path: string,
  init: RequestInit & { json?: unknown } = {},
): Promise<Answer<T>> {
  const { json, ...rest } = init;
  const body = json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) };
  const headers = {
    ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    ...(rest.headers as Record<string, string>),
  };
  const response = await fetch(`${url}${path}`, { ...body, ...rest, headers });
  return { status: response.status, body: (await response.json()) as T, headers: response.headers };
}

/** Reads a list, at `path`, until `wanted` holds for what is answered: a list may lag behind what it is of. */
export async function readUntil<T>(url: string, path: string, wanted: (body: T) => boolean): Promise<T> {
  let body: T | undefined;
  const look = async (): Promise<T | undefined> =>
    wanted((body = (await call<T>(url, path)).body)) ? body : undefined;
  return until(look, () => `${path} until ${String(wanted)}; seen last: ${JSON.stringify(body)}`);
}

/** The record of job `id`. */
export async function readJob(url: string, id: string): Promise<JobRecord> {
  return (await call<{ job: JobRecord }>(url, `/jobs/${id}`)).body.job;
}

/** Submits a job. */
export async function submit(url: string, json: object, headers: Record<string, string> = {}): Promise<JobRecord> {
  const { status, body } = await call<{ job: JobRecord; error?: string }>(url, '/jobs', { json, headers });
  if (status !== 200 && status !== 202) throw new Error(`POST /jobs answered ${status}: ${body.error ?? ''}`);
  return body.job;
}

/**
 * Reads the job until `wanted` holds, also over restarts of the server. Throws when the job has ended and never will.
 */
export async function jobUntil(url: () => string, id: string, wanted: (job: JobRecord) => boolean): Promise<JobRecord> {
  let seen = '';
  const look = async (): Promise<JobRecord | undefined> => {
    const job = await readJob(url(), id).catch((error: unknown) => void (seen = String(error)));
    if (!job) return undefined;
    seen = told(job);
    if (wanted(job)) return job;
    if (job.ended_at !== null) throw new Error(`the job ended before what was waited for: ${seen}`);
    return undefined;
  };
  return until(look, () => `job ${id} until ${String(wanted)}; seen last: ${seen}`);
}

const told = ({ status, stage, attempt, hosts, error_code, error }: JobRecord): string =>
  JSON.stringify({ status, stage, attempt, hosts, error_code, error });

/** Reads the job until it has ended. */
export const jobEnded = (url: () => string, id: string): Promise<JobRecord> =>
  jobUntil(url, id, (job) => job.ended_at !== null);

/** Submits a job and reads it until it has ended. */
export const runJob = async (url: () => string, request: object): Promise<JobRecord> =>
  jobEnded(url, (await submit(url(), request)).id);
