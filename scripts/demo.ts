import { parseArgs } from 'node:util';
import { sanitize } from '../cli/output/sanitize.ts';
import { colors } from '../cli/output/format.ts';
import { print, say, stdoutGone, watchStreams, write } from '../cli/output/streams.ts';
import { loadConfig } from '../config/index.ts';
import { findTemporal } from '../temporal-config/dev-server/binary.ts';
import { demo, type Options, type Started } from './demo-run.ts';
import { stopEngineOf } from './demo-server.ts';
import { next, USAGE } from './demo-text.ts';

/** Exit code of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

const CREDENTIALS = ['ANTHROPIC_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN', 'ANTHROPIC_AUTH_TOKEN'];

function readOptions(): Omit<Options, 'engine'> | undefined {
  const flag = { type: 'boolean', default: false } as const;
  const { help, ...options } = parseArgs({ options: { live: flag, verify: flag, keep: flag, help: flag } }).values;
  if (help) return undefined;
  if (options.live && !CREDENTIALS.some((name) => process.env[name]))
    throw new Error('--live needs your own credential: set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN.');
  return options;
}

/** Aborts when the demo has to end early: Ctrl-C, a closed terminal, a reader of its output that went away. */
function onStop(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  return AbortSignal.any([stop.signal, stdoutGone]);
}

/** Ends and removes everything; what cannot be ended is told and hinders nothing else. */
async function cleanUp({ server, model, place }: Started): Promise<void> {
  const attempt = (undo: Promise<unknown> | undefined): Promise<unknown> =>
    Promise.resolve(undo).catch((error: unknown) => say(`Could not clean up the demo: ${String(error)}`));
  await attempt(server?.stop());
  if (place) await attempt(stopEngineOf(place.dataDir));
  await attempt(model?.close());
  await attempt(place?.remove());
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) return write(USAGE);
  // It takes minutes where it must be built, and an interruption has nothing to clean up yet.
  const engine = await findTemporal(loadConfig());
  const stop = onStop();
  const started: Started = {};
  try {
    await demo({ ...options, engine }, started, stop);
  } catch (error) {
    if (!stop.aborted) throw error;
    process.exitCode = INTERRUPTED;
  } finally {
    if (stop.aborted) say('\nStopping; one moment.');
    await cleanUp(started);
  }
  if (!stop.aborted) print(next(options.live));
}

watchStreams();
try {
  await main();
} catch (error) {
  process.exitCode = 1;
  say(`\n${colors.red('✗')} ${sanitize(error instanceof Error ? error.message : String(error))}`);
}
