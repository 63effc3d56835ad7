import type { EventQuery, EventReply, JobRecord } from '../contract/job.ts';
import type { ApiDeps } from './app.ts';
import { ApiError } from './errors.ts';

/** A log in files can be read only on the disk that has it: throws 409 `events_on_other_host` elsewhere. */
export function checkHost(job: JobRecord, { disk }: Pick<ApiDeps, 'disk'>): void {
  if (disk !== null && job.disk !== null && job.disk !== disk)
    throw new ApiError(
      409,
      'events_on_other_host',
      `the events of this job are on ${job.hosts.at(-1) ?? 'another host'}`,
      'Ask the API on that host, or give all hosts one REDIS_URL or one data directory.',
    );
}

/** The events of `job` after the cursor that there are by now. Throws `events_on_other_host`. */
export async function readEventPage(
  deps: Pick<ApiDeps, 'disk' | 'events'>,
  job: JobRecord,
  { cursor, limit }: EventQuery,
): Promise<EventReply> {
  checkHost(job, deps);
  const events = await deps.events.read(job.id, cursor, limit);
  const last = events.at(-1);
  const ended = last === undefined ? job.ended_at !== null : last.event.type === 'ended';
  return { success: true, events: events, cursor: last?.seq ?? cursor, ended };
}
