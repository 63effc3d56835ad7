import type { Client } from '@temporalio/client';
import { Failure } from '../../contract/shared/failures.ts';
import type { EarlierSession, PreparedWorktree, Requested } from '../../contract/workflow/job-spec.ts';
import type { ServiceContext } from '../context.ts';
import { ApiError, invalid } from '../http/api-error.ts';
import type { JobExecution } from '../jobs/record.ts';
import { canonicalRepo } from '../repositories.ts';
import { isServed } from '../temporal/pollers.ts';
import { SELECT_OPEN_JOBS, selectUsers } from '../temporal/visibility-query.ts';
import { describeExecution, listExecutions } from '../temporal/visibility.ts';
import { describeWorktree, noWorktree } from './reader.ts';

const FIELD = { field: 'worktree_id' };

/**
 * The prepared worktree that a request names, and its repository; undefined where it names none. Throws 404
 * `worktree_not_found`, 409 `worktree_not_ready`, and 400 where the request contradicts the worktree.
 */
export async function locateWorktree(
  context: ServiceContext,
  { worktree_id, base_ref, repo_url: asked }: Requested,
  owner: string,
): Promise<{ repo_url: string; worktree: PreparedWorktree } | undefined> {
  if (worktree_id === undefined) return undefined;
  if (base_ref !== undefined)
    throw invalid('base_ref', 'must be absent: a job in a prepared worktree starts where the worktree is');
  const { memo, record } = await describeWorktree(context, worktree_id, owner, FIELD.field);
  const { repo_url } = memo.request;
  if (asked !== undefined && canonicalRepo(context.config, asked) !== repo_url)
    throw invalid('repo_url', `must be absent, or that of the worktree: ${repo_url}`);
  const { disk, branch, base } = memo.worktree ?? {};
  if (record.status === 'removed' || record.status === 'failed') throw noWorktree(worktree_id, FIELD.field);
  if (record.status !== 'ready' || disk === undefined || branch === undefined || base === undefined)
    throw new Failure('worktree_not_ready', `worktree ${worktree_id} is ${record.status}`, FIELD);
  return { repo_url, worktree: { worktree_id, disk, branch, base } };
}

/**
 * Refuses a job that could not begin in its worktree: 409 `session_unavailable` where its session is on another host,
 * `worktree_unavailable` where no running host has the worktree, `worktree_busy` where another job uses it.
 */
export async function checkFree(
  context: ServiceContext,
  { worktree_id, disk }: PreparedWorktree,
  session: EarlierSession | undefined,
): Promise<void> {
  if (session !== undefined && session.disk !== disk)
    throw new ApiError(
      'session_unavailable',
      `the transcript of session ${session.session_id} is on another host than the worktree; submit without one of the two`,
      'session_id',
    );
  if (!(await isServed(context.client, disk)))
    throw new Failure('worktree_unavailable', `no running host has worktree ${worktree_id}`, FIELD);
  const user = await userOf(context, worktree_id);
  if (user !== undefined) throw new Failure('worktree_busy', `job ${user} uses worktree ${worktree_id}`, FIELD);
}

/** The job that waits for the worktree or works in it. */
export async function userOf({ client, index }: ServiceContext, worktreeId: string): Promise<string | undefined> {
  const query = index.searchable ? selectUsers(worktreeId) : SELECT_OPEN_JOBS;
  for (let cursor: string | undefined; ;) {
    const { executions, nextCursor } = await listExecutions<JobExecution['memo']>(client, query, 1_000, cursor);
    for (const { id, memo } of executions)
      if (memo.request?.worktree_id === worktreeId && (await isOpen(client, id))) return id;
    if (nextCursor === null) return undefined;
    cursor = nextCursor;
  }
}

/** Visibility lags behind: a job that it shows as open may have ended. */
const isOpen = async (client: Client, id: string): Promise<boolean> =>
  (await describeExecution(client, id))?.status === 'RUNNING';
