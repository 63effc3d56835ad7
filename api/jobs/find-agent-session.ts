import { setTimeout as sleep } from 'node:timers/promises';
import { JOB_WORKFLOW } from '../../contract/workflow/names.ts';
import type { EarlierSession } from '../../contract/workflow/job-spec.ts';
import { Failure } from '../../contract/shared/failures.ts';
import type { ServiceContext } from '../context.ts';
import { ApiError } from '../http/api-error.ts';
import { isServed } from '../temporal/pollers.ts';
import type { JobExecution } from './record.ts';
import { selectAll, selectSession } from '../temporal/visibility-query.ts';
import { listExecutions } from '../temporal/visibility.ts';

/** How long visibility may take to know of a job that has just ended (milliseconds). */
const LAG_MS = 2_000;
const LOOK_EVERY_MS = 250;

/**
 * The job of `owner` that has ended and made session `id`. Throws 404 `session_not_found` where there is none, which is
 * said after 2 s, since a job that has just ended is not found at once; 409 `session_unavailable` where no host runs
 * that has its transcript.
 */
export async function findSession(context: ServiceContext, id: string, owner: string): Promise<EarlierSession> {
  const { memo, id: job_id } = await findJob(context, id, owner);
  const disk = memo.progress?.disk;
  if (disk == null || !(await isServed(context.client, disk)))
    throw new ApiError('session_unavailable', `no running host has the transcript of session ${id}`, 'session_id');
  return { session_id: id, job_id, disk };
}

async function findJob(context: ServiceContext, id: string, owner: string): Promise<JobExecution> {
  for (const end = Date.now() + LAG_MS; ;) {
    const found = await lookFor(context, id, owner);
    if (found !== undefined) return found;
    if (Date.now() > end)
      throw new Failure('session_not_found', `none of your ended jobs has the session ${id}`, {
        field: 'session_id',
      });
    await sleep(LOOK_EVERY_MS);
  }
}

async function lookFor(
  { client, index }: ServiceContext,
  id: string,
  owner: string,
): Promise<JobExecution | undefined> {
  const query = index.searchable
    ? selectSession(owner, id)
    : `${selectAll(JOB_WORKFLOW)} AND ExecutionStatus != 'Running'`;
  for (let cursor: string | undefined; ;) {
    const { executions, nextCursor } = await listExecutions<JobExecution['memo']>(client, query, 1_000, cursor);
    const found = executions.find(({ memo }) => memo.request?.owner === owner && memo.progress?.session_id === id);
    if (found !== undefined || nextCursor === null) return found;
    cursor = nextCursor;
  }
}
