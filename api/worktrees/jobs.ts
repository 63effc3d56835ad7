import type { Client } from '@temporalio/client';
import type { Config } from '../../config/index.ts';
import type { JobRequest } from '../../contract/http/job-request.ts';
import type { JobSpec, PreparedWorktree } from '../../contract/workflow/job-spec.ts';
import { Failure } from '../../contract/shared/failures.ts';
import { ApiError, invalid } from '../http/api-error.ts';
import { SELECT_OPEN_JOBS, selectUsers } from '../temporal/visibility-query.ts';
import { isServed } from '../jobs/find-agent-session.ts';
import { canonicalRepo, type LocatedRequest } from '../jobs/resolve-request.ts';
import { listExecutions } from '../temporal/visibility.ts';
import { describeWorktree, noWorktree } from './reader.ts';

const FIELD = 'worktree_id';

/** Where worktrees and the jobs in them are looked for. */
interface Where {
  client: Client;
  /** Whether the search attributes are registered on the cluster; without them all open jobs are looked through. */
  indexed: boolean;
}

/**
 * The request with the worktree that it names, and with its repository. Throws 404 `worktree_not_found`, 409
 * `worktree_not_ready`, and 400 where the request says otherwise than the worktree.
 */
export async function locateWorktree(
  client: Client,
  config: Config,
  { worktree_id, ...request }: JobRequest,
  owner: string,
): Promise<LocatedRequest> {
  if (worktree_id === undefined) return request;
  if (request.base_ref !== undefined)
    throw invalid('base_ref', 'must be absent: a job in a prepared worktree starts where the worktree is');
  const { memo } = await describeWorktree(client, worktree_id, owner, FIELD);
  const { repo_url } = memo.request;
  if (request.repo_url !== undefined && canonicalRepo(config, request.repo_url) !== repo_url)
    throw invalid('repo_url', `must be absent, or that of the worktree: ${repo_url}`);
  const { disk, branch, base } = memo.worktree ?? {};
  if (disk === undefined || branch === undefined || base === undefined)
    throw new Failure('worktree_not_ready', `worktree ${worktree_id} is not ready`, { field: FIELD });
  return { ...request, repo_url, worktree: { worktree_id, disk, branch, base } };
}

/**
 * Refuses a job that could not begin: with 404 where its worktree is gone, 409 `worktree_not_ready` where it goes,
 * `worktree_unavailable` where no host runs that has it, `worktree_busy` where another job is to work in it, and
 * `session_unavailable` where its session is elsewhere.
 */
export async function checkWorktree(where: Where, { worktree, session }: JobSpec, owner: string): Promise<void> {
  if (worktree === undefined) return;
  const { worktree_id: id, disk } = worktree;
  const { status } = (await describeWorktree(where.client, id, owner, FIELD)).record;
  if (status === 'removed' || status === 'failed') throw noWorktree(id, FIELD);
  if (status !== 'ready') throw new Failure('worktree_not_ready', `worktree ${id} is ${status}`, { field: FIELD });
  if (session !== undefined && session.disk !== disk) throw elsewhere(session.session_id);
  if (!(await isServed(where.client, disk)))
    throw new Failure('worktree_unavailable', `no running host has worktree ${id}`, { field: FIELD });
  const user = await userOf(where, worktree);
  if (user !== undefined) throw new Failure('worktree_busy', `job ${user} uses worktree ${id}`, { field: FIELD });
}

const elsewhere = (session: string): ApiError =>
  new ApiError(
    'session_unavailable',
    `the transcript of session ${session} is on another host than the worktree; submit without one of the two`,
    'session_id',
  );

/** A job that waits for the worktree or works in it. */
export async function userOf(
  { client, indexed }: Where,
  { worktree_id }: Pick<PreparedWorktree, 'worktree_id'>,
): Promise<string | undefined> {
  const query = indexed ? selectUsers(worktree_id) : SELECT_OPEN_JOBS;
  for (let cursor: string | undefined; ;) {
    const { executions, nextCursor } = await listExecutions(client, query, 1_000, cursor);
    for (const { id, memo } of executions)
      if (memo.request?.worktree_id === worktree_id && (await isOpen(client, id))) return id;
    if (nextCursor === null) return undefined;
    cursor = nextCursor;
  }
}

/** Visibility lags behind: a job that it shows as open may have ended. */
const isOpen = async ({ workflow }: Client, id: string): Promise<boolean> =>
  (await workflow.getHandle(id).describe()).status.name === 'RUNNING';
