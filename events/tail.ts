import type { LoggedEvent } from '../contract/workflow/stream-events.ts';
import { Failure } from '../contract/shared/failures.ts';
import { Bell } from './async-signal.ts';
import type { EventMeter } from './event-log.ts';

/** Events read at once. */
const PAGE = 500;

/** How long a follower may miss an append that nobody told it of: watching a shared disk is not reliable. */
export const POLL_MS = 1_000;

interface Source {
  read(cursor: number, limit: number): Promise<LoggedEvent[]>;
  /** Calls `ring` after appends, as far as it learns of them; returns its end. */
  watch(ring: () => void): () => void;
  meter: EventMeter | undefined;
}

/** Every event after `cursor` as it comes, until the signal aborts. While the source is unavailable it keeps trying. */
export async function* follow(source: Source, cursor: number, signal: AbortSignal): AsyncGenerator<LoggedEvent> {
  const bell = new Bell();
  const begun = Date.now();
  const unwatch = source.watch(() => bell.ring());
  try {
    while (!signal.aborted) {
      const page = await readIfAvailable(source, cursor);
      for (const event of page) {
        if (signal.aborted) return;
        // What was there before tells nothing of how long it took.
        const at = Date.parse(event.at);
        if (at > begun && event.event.type !== 'gap') source.meter?.followed(Math.max(0, Date.now() - at) / 1_000);
        yield event;
        cursor = event.seq;
      }
      if (page.length === 0) await bell.wait(POLL_MS, signal);
    }
  } finally {
    unwatch();
  }
}

async function readIfAvailable(source: Source, cursor: number): Promise<LoggedEvent[]> {
  try {
    return await source.read(cursor, PAGE);
  } catch (error) {
    if (error instanceof Failure && error.type === 'events_unavailable') return [];
    throw error;
  }
}
