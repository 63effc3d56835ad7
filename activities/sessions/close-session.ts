import { Context } from '@temporalio/activity';
import { Failure } from '../../contract/shared/failures.ts';
import type { CloseSessionStep, SessionRemains } from '../../contract/workflow/run-state.ts';
import { killStrays } from '../../processes/tree.ts';
import { removeWhenFree } from '../drop-worktree.ts';
import { jobPaths } from '../paths.ts';
import type { Task } from '../step.ts';

/**
 * Removes what a closed session has on this disk, and ends what still runs for it. A checkout stays that holds what the
 * remote does not have, or of which that cannot be told.
 */
export const closeSession: Task<CloseSessionStep, SessionRemains> = async (deps, { session_id, repo_url }) => {
  const { settings, warm } = deps;
  const { marker, worktree, dir } = jobPaths(settings, { job_id: session_id });
  await warm.end(session_id);
  await killStrays({ marker, directories: [worktree, dir] });
  const step = { worktree_id: session_id };
  const what = repo_url === undefined ? { ...step, force: true as const } : { ...step, force: false, repo_url };
  try {
    await deps.transcripts.delete(session_id);
    await removeWhenFree(settings, what, Context.current().cancellationSignal);
    return { kept: null };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { kept: `${error.message} It is kept at ${worktree}.` };
  }
};
