/**
 * The Temporal server that all tests of a run share, as a program: it prints where it is, as JSON on one line, and ends
 * with everything of it when its stdin ends, which is when whoever started it has ended, however that came.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { loadConfig } from '../../config/index.ts';
import { findTemporal } from '../../temporal-config/dev-server/binary.ts';
import { engineArguments } from '../../temporal-config/dev-server/engine-arguments.ts';
import { freePort } from './free-port.ts';
import { NAMESPACES, type SharedTemporal } from './temporal.ts';

type Server = ChildProcessByStdio<null, Readable, null>;

const LAUNCHES = 3;
const SETTINGS = [
  // Workers of the server's own in each namespace, for schedules and batches, which no test uses.
  'worker.perNamespaceWorkerCount=0',
  // After so many events a workflow is to continue as new; the server's own number is 4,096.
  'limit.historyCount.suggestContinueAsNew=500',
].flatMap((setting) => ['--dynamic-config-value', setting]);

const folder = mkdtempSync(join(tmpdir(), 'agenticore-temporal-'));
const orphaned = once(process.stdin.resume(), 'close');
try {
  const { server, at } = await launch();
  process.stdout.write(`${JSON.stringify(at)}\n`);
  await Promise.race([orphaned, once(server, 'exit')]);
  if (server.exitCode === null) {
    server.kill('SIGKILL');
    await once(server, 'exit');
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Starts the server, at other ports where somebody has just taken one. */
async function launch(): Promise<{ server: Server; at: SharedTemporal }> {
  const binary = await findTemporal(loadConfig());
  const log = join(folder, 'temporal.log');
  mkdirSync(join(folder, 'taken'));
  for (let launches = 1; launches <= LAUNCHES; launches++) {
    const ports = { port: await freePort(), ui_port: await freePort() };
    const args = [...engineArguments(join(folder, 'temporal.db'), ports), ...SETTINGS];
    const namespaces = NAMESPACES.flatMap((name) => ['--namespace', name]);
    const server = spawn(binary, [...args, ...namespaces], {
      cwd: folder,
      stdio: ['ignore', 'pipe', openSync(log, 'a')],
    }) as Server;
    const at = { address: `127.0.0.1:${ports.port}`, uiUrl: `http://127.0.0.1:${ports.ui_port}`, folder };
    if (await serves(server)) return { server, at };
  }
  throw new Error(`the shared Temporal does not start:\n${readFileSync(log, 'utf8')}`);
}

/** Whether the server says that it serves; false when it ends before. */
async function serves(server: Server): Promise<boolean> {
  let said = '';
  server.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(server, 'exit');
  for (;;) {
    if (/^Server: /m.test(said)) return true;
    if (server.exitCode !== null) return false;
    await Promise.race([once(server.stdout, 'data'), ended]);
  }
}
