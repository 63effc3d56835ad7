import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import type { EventLog } from '../../events/event-log.ts';
import { keepAlive } from '../http/sse.ts';

/** How long after the job's end its last events may still be written (milliseconds). */
const LAST_WORDS_MS = 1_000;

interface EventStream {
  events: EventLog;
  /** The job. */
  id: string;
  cursor: number;
  out: ServerResponse;
  /** Resolves when the job has ended. */
  ended: (signal: AbortSignal) => Promise<void>;
}

/**
 * Sends a job's events as server-sent events, from `cursor` to the end of the job: `id` is the sequence number, `data`
 * the logged event. The last one is `ended`; where the log has none (the job never ran), the connection just ends.
 */
export async function streamEvents({ events, id, cursor, out, ended }: EventStream): Promise<void> {
  const stop = new AbortController();
  out.once('close', () => stop.abort());
  const headers = {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  };
  // Not writeHead: what it is given cannot be read by keepAlive.
  for (const [name, value] of Object.entries(headers)) out.setHeader(name, value);
  out.write(': connected\n\n');
  keepAlive(out);
  let sent = cursor;
  // A job that was cancelled in the queue, or terminated, has no `ended` event: its own end closes the stream.
  void ended(stop.signal)
    .then(() => untilSent(events, id, () => sent, stop.signal))
    .catch(() => undefined)
    .then(() => stop.abort());
  try {
    for await (const event of events.tail(id, cursor, stop.signal)) {
      if (!out.write(frame(event))) await once(out, 'drain', { signal: stop.signal });
      if (event.event.type === 'ended') break;
      sent = event.seq;
    }
  } finally {
    stop.abort();
    out.end();
  }
}

/** Resolves when all events of a job that has ended are sent, however long that takes. */
async function untilSent(events: EventLog, id: string, sent: () => number, signal: AbortSignal): Promise<void> {
  do await sleep(LAST_WORDS_MS, undefined, { signal });
  while ((await events.last(id)) > sent());
}

const frame = (event: LoggedEvent): string =>
  `id: ${event.seq}\nevent: ${event.event.type}\ndata: ${JSON.stringify(event)}\n\n`;
