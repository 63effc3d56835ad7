import type { JobRecord } from '../../contract/http/job-record.ts';
import { ApiError } from '../http/api-error.ts';

const SHARED = { events: 'one REDIS_URL or one data directory', files: 'one data directory' };

/**
 * What a host writes into files can be read only on the disk that has it: throws 409 `events_on_other_host` or
 * `files_on_other_host` where that is not `disk`. A `disk` of null is everybody's.
 */
export function checkDisk(job: JobRecord, disk: string | null, what: keyof typeof SHARED): void {
  if (disk === null || job.disk === null || job.disk === disk) return;
  throw new ApiError(
    409,
    `${what}_on_other_host`,
    `the ${what} of this job are on ${job.hosts.at(-1) ?? 'another host'}`,
    `Ask the API on that host, or give all hosts ${SHARED[what]}.`,
  );
}
