import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { describeExecution } from '../temporal/visibility.ts';

/** How often a session that is watched is looked at (milliseconds). */
const LOOK_EVERY_MS = 10_000;

interface Watch {
  watchers: number;
  ended: Promise<void>;
  stop: AbortController;
}

/**
 * Tells who follows the events of a session that it has ended, also where it was ended from outside, which writes no
 * event. However many follow it, it is looked at once in 10 s.
 */
export class SessionEnds {
  readonly #client: Client;
  readonly #watches = new Map<string, Watch>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** Resolves when the session has ended, or when `signal` aborts. */
  async ended(id: string, signal: AbortSignal): Promise<void> {
    const watch = this.#watches.get(id) ?? this.#begin(id);
    watch.watchers += 1;
    const gone = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([watch.ended, gone]);
    watch.watchers -= 1;
    if (watch.watchers > 0) return;
    watch.stop.abort();
    if (this.#watches.get(id) === watch) this.#watches.delete(id);
  }

  #begin(id: string): Watch {
    const stop = new AbortController();
    const watch = { watchers: 0, stop, ended: this.#look(id, stop.signal) };
    this.#watches.set(id, watch);
    return watch;
  }

  async #look(id: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const status = await describeExecution(this.#client, id).then(
        (execution) => execution?.status,
        // Temporal does not answer: the stream stays.
        () => 'RUNNING',
      );
      if (status !== 'RUNNING') return;
      await sleep(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
