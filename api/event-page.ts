import type { EventQuery } from '../contract/job-request.ts';
import type { JobRecord } from '../contract/job.ts';
import type { EventReply } from '../contract/replies.ts';
import type { ApiDeps } from './app.ts';
import { checkDisk } from './on-this-disk.ts';

/** The events of `job` after the cursor that there are by now. Throws `events_on_other_host`. */
export async function readEventPage(
  deps: Pick<ApiDeps, 'disk' | 'events'>,
  job: JobRecord,
  { cursor, limit }: EventQuery,
): Promise<EventReply> {
  checkDisk(job, deps.disk, 'events');
  const events = await deps.events.read(job.id, cursor, limit);
  const last = events.at(-1);
  const ended = last === undefined ? job.ended_at !== null : last.event.type === 'ended';
  return { success: true, events: events, cursor: last?.seq ?? cursor, ended };
}
