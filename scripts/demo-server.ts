import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../config/index.ts';

/** How long `agenticore serve` may take to end before it is ended (milliseconds). */
const STOP_MS = 15_000;

const KEPT_CHARACTERS = 4_000;

/** A running `agenticore serve`. */
export interface Server {
  url: string;
  /** Aborts when the process has ended. */
  gone: AbortSignal;
  /** Its last words since it was ready; it has none while all is well. */
  said: () => string;
  /** Ends it with everything it started. */
  stop: () => Promise<void>;
}

/**
 * Starts the built `agenticore serve` in `cwd` and resolves when it is ready. Throws its own last words when it ends
 * before that; when `signal` aborts it is stopped and the promise rejects. It is out of reach of the terminal's Ctrl-C:
 * who started it stops it, once and in order.
 */
export async function startServer(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Server> {
  const child = spawn(process.execPath, [join(packageRoot, 'dist', 'program', 'agenticore.js'), 'serve'], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const gone = new AbortController();
  child.once('close', () => gone.abort());
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-KEPT_CHARACTERS)));
  const stop = (): Promise<void> => end(child, gone.signal);
  try {
    const either = AbortSignal.any([signal, gone.signal]);
    for (;;) {
      const url = /API +(http:\S+)/.exec(said)?.[1];
      if (url !== undefined) {
        said = '';
        return { url, gone: gone.signal, said: () => said.trim(), stop };
      }
      await once(child.stderr, 'data', { signal: either });
    }
  } catch (error) {
    await stop();
    throw signal.aborted ? error : new Error(said.trim());
  }
}

async function end(child: ChildProcess, gone: AbortSignal): Promise<void> {
  if (gone.aborted) return;
  const closed = once(gone, 'abort');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await closed;
  clearTimeout(timer);
}

/** Ends the engine of a data directory whose server died without doing so. */
export async function stopEngineOf(dataDir: string): Promise<void> {
  const { readEngineFile } = await import('../temporal-config/dev-server/engine-file.ts');
  const { isAlive } = await import('../processes/proc-table.ts');
  const engine = readEngineFile(dataDir)?.engine;
  if (!isAlive(engine)) return;
  const { stopProcess } = await import('../temporal-config/dev-server/engine-process.ts');
  await stopProcess(engine);
}
