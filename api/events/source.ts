import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import { ApiError } from '../http/api-error.ts';

/** The job, or the session, whose events are read; a job's record is one. */
export interface EventSource {
  id: string;
  /** Identity of the data directory that has the files; null where that is not known yet. */
  disk: string | null;
  /** Where it was, the last at the end. */
  hosts: readonly string[];
  ended_at: string | null;
}

/**
 * What a host writes into files can be read only on the disk that has it: throws 409 `events_on_other_host` and the
 * like where that is not `disk`. `disk` is null where the events are not bound to a disk.
 */
export function checkDisk(source: EventSource, disk: string | null, what: 'events' | 'diff' | 'transcript'): void {
  if (disk === null || source.disk === null || source.disk === disk) return;
  const host = source.hosts.at(-1) ?? 'another host';
  throw new ApiError(`${what}_on_other_host`, `the ${what} of ${source.id} can be read on ${host} only`);
}

/** Whether nothing comes after the event. */
export const isLast = ({ event: { type } }: LoggedEvent): boolean => type === 'ended' || type === 'session_closed';
