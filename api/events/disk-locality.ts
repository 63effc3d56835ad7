import type { JobRecord } from '../../contract/http/job-record.ts';
import { ApiError } from '../http/api-error.ts';

/**
 * What a host writes into files can be read only on the disk that has it: throws 409 `events_on_other_host` and the
 * like where that is not `disk`. `disk` is null where the events are not bound to a disk.
 */
export function checkDisk(job: JobRecord, disk: string | null, what: 'events' | 'diff' | 'transcript'): void {
  if (disk === null || job.disk === null || job.disk === disk) return;
  const host = job.hosts.at(-1) ?? 'another host';
  throw new ApiError(`${what}_on_other_host`, `the ${what} of job ${job.id} can be read on ${host} only`);
}
