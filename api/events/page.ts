import type { EventQuery } from '../../contract/http/job-request.ts';
import type { EventReply } from '../../contract/http/replies.ts';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import type { ApiDeps } from '../http/deps.ts';
import { jsonBytes } from '../json-bytes.ts';
import { checkDisk, isLast, type EventSource } from './source.ts';

/** Most bytes of a page: an event may be as large as what an agent has written into one file. */
const MAX_PAGE_BYTES = 1024 * 1024;

/** Most events of one read: a page that is full ends the reading. */
const AT_ONCE = 100;

/**
 * The events of `source` after the cursor that there are by now, as far as they fit into `bytes`, and at least one.
 * Throws `events_on_other_host`.
 */
export async function readEventPage(
  deps: Pick<ApiDeps, 'disk' | 'events'>,
  source: EventSource,
  query: EventQuery,
  bytes = MAX_PAGE_BYTES,
): Promise<EventReply> {
  checkDisk(source, deps.disk, 'events');
  const events = await readWithin(deps, source.id, query, bytes);
  const last = events.at(-1);
  const ended = last === undefined ? source.ended_at !== null : isLast(last);
  return { success: true, events, cursor: last?.seq ?? query.cursor, ended };
}

async function readWithin(
  { events }: Pick<ApiDeps, 'events'>,
  id: string,
  { cursor, limit }: EventQuery,
  bytes: number,
): Promise<LoggedEvent[]> {
  const page: LoggedEvent[] = [];
  for (let room = bytes, more = true; more && page.length < limit;) {
    const wanted = Math.min(AT_ONCE, limit - page.length);
    const read = await events.read(id, page.at(-1)?.seq ?? cursor, wanted);
    for (const logged of read) {
      room -= jsonBytes(logged) + 1;
      if (room < 0 && page.length > 0) return page;
      page.push(logged);
    }
    more = read.length === wanted;
  }
  return page;
}
