import { Failure } from '../contract/shared/failures.ts';
import type { LoggedEvent, StreamEvent } from '../contract/workflow/stream-events.ts';

export interface AppendOptions {
  /** Lowest number the first event may get, for a stream that began on another host; what is skipped reads as a gap. */
  first_seq?: number;
  /** Which answer in the stream the events belong to, from 1, which it is when absent. */
  run?: number;
}

/**
 * Streams of events with the sequence number as cursor. A stream begins with its first append and has one writer at a
 * time; readers may be anywhere. Names that are no job or session id throw `invalid_request`; a log that cannot be
 * reached throws `events_unavailable`.
 */
export interface EventLog {
  /**
   * Adds events in the order of the calls and answers the last number of the stream. What is acknowledged survives a
   * kill of this process. After a rejection the events may or may not stand in the log.
   */
  append(stream: string, events: StreamEvent[], options?: AppendOptions): Promise<number>;
  /** At most `limit` events after `cursor`, oldest first, led by a `gap` where events after the cursor are lost. */
  read(stream: string, cursor: number, limit: number): Promise<LoggedEvent[]>;
  /**
   * Like read, and then every event as it is appended, by whichever process, until the signal aborts: then it ends
   * without an error. A log that is away for a while is waited for.
   */
  tail(stream: string, cursor: number, signal: AbortSignal): AsyncIterable<LoggedEvent>;
  /** Number of the newest event, 0 when there is none. */
  last(stream: string): Promise<number>;
  /** Whether this log knows the stream. */
  has(stream: string): Promise<boolean>;
  /** Drops the deltas of complete blocks; numbers stay as they are. Only for who may append. */
  compact(stream: string): Promise<void>;
  /** Ends after what was appended before; the log is not to be used again. */
  close(): Promise<void>;
}

/** Learns how fast the events of a process become readable. */
export interface EventMeter {
  /** Events are in the log, or are lost to it, `seconds` after they were given to it. */
  appended(seconds: number, outcome: 'written' | 'failed'): void;
  /** An event has reached who follows its stream, `seconds` after it was written. */
  followed(seconds: number): void;
}

/** Events of one read. */
const AT_ONCE = 500;

/** All events of a stream after `cursor` that there are now, oldest first. */
export async function* eventsAfter(
  log: Pick<EventLog, 'read'>,
  stream: string,
  cursor = 0,
): AsyncGenerator<LoggedEvent, void> {
  for (let at = cursor; ;) {
    const page = await log.read(stream, at, AT_ONCE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    at = last.seq;
  }
}

const STREAM_NAME = /^[a-z0-9][a-z0-9._-]{0,127}$/i;

/** Throws `invalid_request` unless `stream` is a job or session id, and so never a path. */
export function checkStreamName(stream: string): void {
  if (!STREAM_NAME.test(stream)) {
    throw new Failure('invalid_request', 'The name of an event stream must be the id of a job or session.');
  }
}
