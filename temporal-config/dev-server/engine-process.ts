import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, mkdirSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { Failure } from '../../contract/shared/failures.ts';
import { identify, isAlive, type ProcessIdentity } from '../../processes/proc-table.ts';
import { engineArguments } from './engine-arguments.ts';
import { ENGINE_HOST } from './engine-file.ts';
import type { Ports } from './ports.ts';

const START_MS = 60_000;
const STOP_MS = 15_000;
const POLL_MS = 100;
const MAX_LOG_BYTES = 10 * 1024 * 1024;

/** Another program has taken the ports. */
export class PortTaken extends Error {}

/**
 * Starts the engine on the data directory's database and returns when it answers; `onStarted` is called before that. It
 * is a session of its own: neither Ctrl-C at the terminal nor the end of this process stops it. Throws PortTaken, or
 * `engine_unavailable`.
 */
export async function launch(
  binary: string,
  dataDir: string,
  ports: Ports,
  onStarted: (engine: ProcessIdentity) => void,
): Promise<void> {
  const database = join(dataDir, 'temporal.db');
  const begin = boundLog(dataDir);
  const log = openSync(engineLog(dataDir), 'a', 0o600);
  const child = spawn(binary, engineArguments(database, ports), {
    cwd: dataDir,
    detached: true,
    stdio: ['ignore', log, log],
    env: engineEnv(),
  });
  closeSync(log);
  child.unref();
  const engine = child.pid === undefined ? undefined : identify(child.pid);
  if (engine === undefined) throw notStarted(dataDir, await failureOf(child));
  onStarted(engine);
  if ((await reportsReady(engineLog(dataDir), begin, engine)) && (await answersSoon(ports.port, engine))) return;
  await stopProcess(engine);
  throw notStarted(dataDir, lastError(engineLog(dataDir), begin));
}

async function failureOf(child: ChildProcess): Promise<string> {
  const [error] = (await Promise.race([once(child, 'error'), once(child, 'exit')])) as unknown[];
  return error instanceof Error ? error.message : 'it exited at once';
}

function notStarted(dataDir: string, words: string): Error {
  if (words.includes('address already in use')) return new PortTaken(words);
  const database = join(dataDir, 'temporal.db');
  return new Failure(
    'engine_unavailable',
    `The embedded Temporal does not start with ${database}: ${words}. If another program uses the file, stop that program; ` +
      `if it is damaged, move it away (its jobs are lost) and start again. Its log is ${engineLog(dataDir)}.`,
  );
}

/**
 * Whether the engine logs within a minute that it serves; false at once when its process ends. An answer at its port
 * alone may be that of another engine, which has just taken the port.
 */
async function reportsReady(log: string, begin: number, engine: ProcessIdentity): Promise<boolean> {
  const end = Date.now() + START_MS;
  while (Date.now() < end) {
    if (/^Server: /m.test(readFileSync(log).subarray(begin).toString('utf8'))) return true;
    if (!isAlive(engine)) return false;
    await wait(POLL_MS);
  }
  return false;
}

/** Whether the engine answers within a minute; false at once when its process ends. */
export async function answersSoon(port: number, engine: ProcessIdentity): Promise<boolean> {
  const end = Date.now() + START_MS;
  while (Date.now() < end && isAlive(engine)) {
    if (await answers(port)) return true;
    await wait(POLL_MS);
  }
  return false;
}

/** SIGTERM, and SIGKILL when that has not ended it in 15 s; returns when the process is gone. */
export async function stopProcess(identity: ProcessIdentity): Promise<void> {
  const end = Date.now() + STOP_MS;
  signal(identity, 'SIGTERM');
  while (isAlive(identity)) {
    if (Date.now() > end) signal(identity, 'SIGKILL');
    await wait(POLL_MS);
  }
}

/** Keeps the engine's log to twice 10 MB by moving what is there to `.1`; returns the size that is left. */
export function boundLog(dataDir: string): number {
  const log = engineLog(dataDir);
  mkdirSync(join(dataDir, 'logs'), { recursive: true });
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (size < MAX_LOG_BYTES) return size;
  // The engine holds the file open for appending: it goes on writing at the new end.
  copyFileSync(log, `${log}.1`);
  truncateSync(log);
  return 0;
}

const engineLog = (dataDir: string): string => join(dataDir, 'logs', 'temporal.log');

/** The engine needs no credentials of ours. */
const engineEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(['PATH', 'HOME', 'TMPDIR', 'TZ'].map((name) => [name, process.env[name]]));

async function answers(port: number): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address: `${ENGINE_HOST}:${port}`, connectTimeout: 1_000 });
    const ask = (): Promise<unknown> => connection.workflowService.describeNamespace({ namespace: 'default' });
    await connection.withDeadline(Date.now() + 1_000, ask).finally(() => connection.close());
    return true;
  } catch {
    return false;
  }
}

function signal(identity: ProcessIdentity, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    if (isAlive(identity)) process.kill(identity.pid, name);
  } catch {
    // It ended in between.
  }
}

function lastError(log: string, begin: number): string {
  const lines = readFileSync(log).subarray(begin).toString('utf8').trim().split('\n');
  const line = lines.findLast((text) => text.includes('level=ERROR')) ?? lines.at(-1) ?? '';
  return /msg="(.*)"$/.exec(line)?.[1]?.replaceAll('\\"', '"') ?? (line || 'it ended without a message');
}
