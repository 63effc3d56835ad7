import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../config.ts';
import type { JobRecord } from '../../contract/job.ts';

/** The built CLI: what ships is what is tested. */
const CLI = join(packageRoot, 'dist', 'cli', 'main.js');

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

/** A place for one product: its data, its repositories, its environment. Everything of it is removed at the end. */
export interface Place {
  dir: string;
  env: Record<string, string>;
}

/** Makes an empty place under the temporary directory. `env` adds to, or replaces, what every place has. */
export async function createPlace(env: Record<string, string> = {}): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'agenticore-test-'));
  return { dir, env: { ...environment(dir), ...env } };
}

function environment(dir: string): Record<string, string> {
  const { PATH = '', HOME = '', XDG_CACHE_HOME } = process.env;
  return {
    PATH: `${join(packageRoot, 'node_modules', '.bin')}:${PATH}`,
    HOME,
    ...(XDG_CACHE_HOME === undefined ? {} : { XDG_CACHE_HOME }),
    AGENTICORE_DATA_DIR: join(dir, 'data'),
    AGENTICORE_REPOS_ROOT: join(dir, 'repos'),
    AGENTICORE_PORT: '0',
    AGENTICORE_ALLOW_LOCAL_REPOS: 'true',
    AGENTICORE_LOG_LEVEL: 'warn',
  };
}

const READY = { serve: /API +(http:\S+)/, worker: /worker (\S+) is ready/ };

/** Starts the built product and resolves when it says that it is ready. */
export async function startProduct(
  verb: 'serve' | 'worker',
  env: Record<string, string>,
  args: string[] = [],
): Promise<Product> {
  const child = spawn(process.execPath, [CLI, verb, ...args], { env, stdio: ['ignore', 'inherit', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const exited = once(child, 'exit');
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

/** Ends the embedded engine that a killed product left running, and removes the place. */
export async function removePlace({ dir }: Place): Promise<void> {
  const file = await readFile(join(dir, 'data', 'engine.json'), 'utf8').catch(() => '{}');
  const pid = (JSON.parse(file) as { engine?: { pid: number } | null }).engine?.pid;
  if (pid !== undefined) {
    try {
      process.kill(pid, 'SIGTERM');
      while (process.kill(pid, 0)) await sleep(20);
    } catch {
      // It has ended.
    }
  }
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
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

/** Reads the job until `wanted` holds; the test's own time limit bounds it. Also over restarts of the server. */
export async function jobUntil(url: () => string, id: string, wanted: (job: JobRecord) => boolean): Promise<JobRecord> {
  for (;;) {
    const job = await readJob(url(), id).catch(() => undefined);
    if (job && wanted(job)) return job;
    await sleep(50);
  }
}

/** Reads the job until it has ended. */
export const jobEnded = (url: () => string, id: string): Promise<JobRecord> =>
  jobUntil(url, id, (job) => job.ended_at !== null);

/** Submits a job and reads it until it has ended. */
export const runJob = async (url: () => string, request: object): Promise<JobRecord> =>
  jobEnded(url, (await submit(url(), request)).id);
