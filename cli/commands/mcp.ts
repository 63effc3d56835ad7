import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Config } from '../../config/index.ts';
import { timeLimit } from '../../contract/shared/timeout-signal.ts';
import { apiKey, isNamed, serverUrl } from '../address.ts';
import { CliError } from '../errors.ts';
import { say, stdoutGone, write } from '../output/streams.ts';
import { addCommonOptions } from '../command.ts';

/**
 * How long to wait for the server of this data directory to answer (milliseconds). It may be busy, and a second server
 * would not help.
 */
const OWN_MS = 20_000;

/** How long to wait for a server at the default address to answer (milliseconds). */
const OTHER_MS = 2_000;

const LOOK_EVERY_MS = 200;

/** A server that was started for MCP clients ends after this many seconds without a client and without an open job. */
const IDLE_S = 600;

/** `agenticore mcp`: MCP over stdio, for clients that start their servers themselves. */
export function registerMcp(program: Command): void {
  const command = program
    .command('mcp')
    .description('Speak MCP on stdin and stdout with the running server; start a server where none runs');
  addCommonOptions(command);
  command.action(() => serveStdio(command.optsWithGlobals<{ url?: string }>().url));
}

/**
 * Speaks MCP on stdin and stdout until stdin ends. A named server is used as it is; else the one of this data
 * directory, which is started where it does not run. It is a process of its own: jobs go on when the client ends this
 * one.
 */
export async function serveStdio(url?: string): Promise<void> {
  const { bridge } = await import('../mcp/bridge.ts');
  const key = apiKey();
  const find = isNamed(url) ? () => Promise.resolve(serverUrl(url)) : findOrStart;
  await bridge({
    find,
    headers: key === undefined ? {} : { 'x-api-key': key },
    input: process.stdin,
    write: (line) => write(`${line}\n`),
    tell: say,
    gone: stdoutGone,
  });
}

async function findOrStart(): Promise<string> {
  const { loadConfig } = await import('../../config/index.ts');
  const { withLock } = await import('../../processes/file-lock.ts');
  const config = loadConfig();
  const started = (): Promise<string> =>
    withLock(join(config.dataDir, 'server.lock'), async () => (await findServer(config)) ?? start(config));
  return (await findServer(config)) ?? started();
}

/** URL of a server that answers: the one of this data directory, or the one at the default address. */
async function findServer({ dataDir }: Config): Promise<string | undefined> {
  const { readServerFile } = await import('../../config/server-file.ts');
  const { Client } = await import('../client.ts');
  const answers = (url: string, ms: number): Promise<boolean> =>
    new Client(url).health(timeLimit(ms)).then(
      () => true,
      () => false,
    );
  const own = readServerFile(dataDir)?.url;
  if (own !== undefined && (await answers(own, OWN_MS))) return own;
  const usual = serverUrl(undefined);
  return (await answers(usual, OTHER_MS)) ? usual : undefined;
}

/**
 * Starts a server in a POSIX session of its own, so that the signals by which a client ends this process do not reach
 * it.
 */
async function start(config: Config): Promise<string> {
  const logs = join(config.dataDir, 'logs');
  mkdirSync(logs, { recursive: true });
  const file = join(logs, 'serve.log');
  const log = openSync(file, 'w', 0o600);
  say(`Starting agenticore serve. Its log: ${file}`);
  const args = [...process.execArgv, process.argv[1] ?? '', 'serve', '--until-idle', String(IDLE_S)];
  const env = { ...process.env, AGENTICORE_TRANSPORT: 'http' };
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', log, log], env });
  child.unref();
  while (child.exitCode === null && child.signalCode === null) {
    const url = await findServer(config);
    if (url !== undefined) return url;
    await sleep(LOOK_EVERY_MS);
  }
  throw new CliError(`agenticore serve ended before it was ready: ${lastWords(file)}`, {
    code: 'no_server',
    hint: `Read its log: ${file}`,
  });
}

const lastWords = (file: string): string => readFileSync(file, 'utf8').trim().slice(-1_000);
