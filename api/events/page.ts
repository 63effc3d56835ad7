import type { EventQuery } from '../../contract/http/job-request.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import type { EventReply } from '../../contract/http/replies.ts';
import type { ApiDeps } from '../http/deps.ts';
import { checkDisk } from './disk-locality.ts';

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
