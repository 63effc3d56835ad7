import { stdoutGone } from './output/streams.ts';

/** Exit code of a program that Ctrl-C ended. */
export const INTERRUPTED = 130;

interface Interrupt {
  /** Aborts at Ctrl-C, and when nobody reads the output any more. */
  signal: AbortSignal;
  /** Gives Ctrl-C its usual meaning back. */
  release: () => void;
}

/** Makes the first Ctrl-C a request to stop; a second one ends the program as usual. */
export function catchInterrupt(): Interrupt {
  const pressed = new AbortController();
  const press = (): void => pressed.abort();
  process.once('SIGINT', press);
  return { signal: AbortSignal.any([pressed.signal, stdoutGone]), release: () => void process.off('SIGINT', press) };
}

/** Resolves at the first SIGINT or SIGTERM; a second one kills the process at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        resolve(signal);
        process.once(signal, () => process.kill(process.pid, 'SIGKILL'));
      });
    }
  });
}
