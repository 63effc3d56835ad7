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

async function serve({ host, port, worker, untilIdle }: ServeOptions): Promise<void> {
  const { loadConfig } = await import('../../config/index.ts');
  const { startService } = await import('../../workers/service.ts');
  const { checkAccess } = await import('../../api/auth/exposure-check.ts');
  const { startApi } = await import('../../api/http/server.ts');
  const { untilSignal } = await import('../interrupt.ts');
  const { readVersion } = await import('../version.ts');
  const overrides = defined({ AGENTICORE_HOST: host, AGENTICORE_PORT: port });
  const config = loadConfig({ ...process.env, ...overrides });
  if (config.transport === 'stdio') return serveStdio();
  // Here too, because the start of Temporal can take minutes.
  checkAccess(config);
  const service = await startService(config, { worker });
  try {
    const api = await startApi({ ...service, config, version: readVersion() });
    process.stderr.write(banner(api.url, service.target.uiUrl, service.target.address));
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

const banner = (url: string, uiUrl: string | null, address: string): string => `
agenticore is ready

  API            ${url}
  Temporal UI    ${uiUrl ?? '(unknown; set AGENTICORE_TEMPORAL_UI_URL)'}
  Temporal       ${address}

  Try it:  agenticore run "fix the failing test" --repo https://github.com/org/repo
  Stop:    Ctrl-C

`;
