import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import type { EventLog } from '../../events/event-log.ts';
import { EVENT_STREAM_HEADERS, keepAlive } from '../http/sse.ts';
import { isLast } from './source.ts';

/** How long after the end of a job, or session, its last events may still be written (milliseconds). */
const LAST_WORDS_MS = 1_000;

export interface EventStream {
  events: EventLog;
  /** The job or session. */
  id: string;
  cursor: number;
  /** Resolves when it has ended, or when the signal aborts. */
  ended: (signal: AbortSignal) => Promise<void>;
}

/**
 * The events from `cursor` to the end of the job or session, as they come; ends when `stop` aborts, and aborts it. The
 * last one is `ended` or `session_closed`; where the log has none (a job that never ran), the iteration just ends.
 */
export async function* eventsToEnd(
  { events, id, cursor, ended }: EventStream,
  stop: AbortController,
): AsyncGenerator<LoggedEvent> {
  let sent = cursor;
  // A job that was cancelled in the queue, or terminated, has no `ended` event: its own end ends the iteration.
  void ended(stop.signal)
    .then(() => untilSent(events, id, () => sent, stop.signal))
    .catch(() => undefined)
    .then(() => stop.abort());
  try {
    for await (const event of events.tail(id, cursor, stop.signal)) {
      yield event;
      if (isLast(event)) return;
      sent = event.seq;
    }
  } finally {
    stop.abort();
  }
}

/**
 * Sends events as server-sent events until they end: `id` is the sequence number, `data` what `show` makes of the
 * logged event.
 */
export async function streamEvents<Shown extends LoggedEvent>(
  stream: EventStream,
  out: ServerResponse,
  show: (event: LoggedEvent) => Shown,
): Promise<void> {
  const stop = new AbortController();
  out.once('close', () => stop.abort());
  // Not writeHead: what it is given cannot be read by keepAlive.
  for (const [name, value] of Object.entries(EVENT_STREAM_HEADERS)) out.setHeader(name, value);
  out.write(': connected\n\n');
  keepAlive(out);
  try {
    for await (const event of eventsToEnd(stream, stop))
      if (!out.write(frame(show(event)))) await once(out, 'drain', { signal: stop.signal });
  } finally {
    out.end();
  }
}

/** Resolves when all events of what has ended are sent, however long that takes. */
async function untilSent(events: EventLog, id: string, sent: () => number, signal: AbortSignal): Promise<void> {
  do await sleep(LAST_WORDS_MS, undefined, { signal });
  while ((await events.last(id)) > sent());
}

const frame = (event: LoggedEvent): string =>
  `id: ${event.seq}\nevent: ${event.event.type}\ndata: ${JSON.stringify(event)}\n\n`;
