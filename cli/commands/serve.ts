import type { Command } from 'commander';
import { defined } from '../../contract/shared/defined.ts';
import { serveStdio } from './mcp.ts';
import { wholeNumber } from '../command.ts';

/**
 * How long jobs may run on after Ctrl-C before they return to the queue, to continue at the next start (milliseconds).
 */
const GRACE_MS = 2_000;

/** `agenticore serve`: Temporal (unless TEMPORAL_ADDRESS is set), worker and API in one process. */
export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('Run the API, a worker, and (unless TEMPORAL_ADDRESS is set) an embedded Temporal')
    .option('--host <address>', 'address to listen on; overrides AGENTICORE_HOST')
    .option('--port <number>', 'port to listen on; overrides AGENTICORE_PORT')
    .option('--no-worker', 'run no agents in this process; start them with `agenticore worker`')
    .option(
      '--until-idle <seconds>',
      'exit after this many seconds without a request and without an open job',
      wholeNumber(1),
    )
    .action(serve);
}

interface ServeOptions {
  host?: string;
  port?: string;
  worker: boolean;
  untilIdle?: number;
}

const serve = ({ host, port, ...options }: ServeOptions): Promise<void> =>
  runServer({
    env: { ...process.env, ...defined({ AGENTICORE_HOST: host, AGENTICORE_PORT: port }) },
    tryIt: 'agenticore run "fix the failing test" --repo https://github.com/org/repo',
    ...options,
  });

interface Server extends Pick<ServeOptions, 'worker' | 'untilIdle'> {
  /** Where its settings come from, and their defaults where those differ from the documented ones. */
  env: Readonly<Record<string, string | undefined>>;
  defaults?: Readonly<Record<string, string>>;
  /** A command that the person may want to type next. */
  tryIt: string;
}

/** Runs API, worker and Temporal until a signal, or until nothing is to be done. */
export async function runServer({ env, defaults, tryIt, worker, untilIdle }: Server): Promise<void> {
  const { loadConfig } = await import('../../config/index.ts');
  const { startService } = await import('../../workers/service.ts');
  const { checkAccess } = await import('../../api/auth/exposure-check.ts');
  const { startApi } = await import('../../api/http/server.ts');
  const { untilSignal } = await import('../interrupt.ts');
  const { readVersion } = await import('../version.ts');
  const config = loadConfig(env, defaults);
  if (config.transport === 'stdio') return serveStdio();
  // Here too, because the start of Temporal can take minutes.
  checkAccess(config);
  const service = await startService(config, { worker });
  try {
    const api = await startApi({ ...service, config, version: readVersion() });
    process.stderr.write(banner(api.url, service.target, tryIt));
    const idle = untilIdle === undefined ? [] : [api.idle(untilIdle * 1_000)];
    const ended = await Promise.race([untilSignal(), service.done, ...idle]);
    if (ended !== undefined)
      process.stderr.write(
        `\n${ended}: stopping. Running jobs continue at the next start. Repeat the signal to stop at once.\n`,
      );
    await api.close();
  } finally {
    await service.stop(GRACE_MS);
  }
}

const banner = (url: string, { uiUrl, address }: { uiUrl: string | null; address: string }, tryIt: string): string => `
agenticore is ready

  API            ${url}
  Temporal UI    ${uiUrl ?? '(unknown; set AGENTICORE_TEMPORAL_UI_URL)'}
  Temporal       ${address}

  Try it:  ${tryIt}
  Stop:    Ctrl-C

`;
