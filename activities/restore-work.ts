import type { RestoreStep } from '../contract/workflow/delivery.ts';
import { names } from '../git/left-work.ts';
import { restoreCommit } from '../git/restore.ts';
import { jobPaths } from './paths.ts';
import { confinedTo } from './run-git-in-sandbox.ts';
import type { Step } from './step.ts';

/** Most paths that a warning names. */
const MAX_NAMED = 5;

/** Brings the worktree back to the commit that is to be delivered, without what `verify` wrote. */
export const restoreWork: Step<RestoreStep, { warnings: string[] }> = async ({ settings }, step, _seat, signal) => {
  const { worktree: path } = jobPaths(settings, step);
  const confined = confinedTo(settings, step, step.repo_url);
  const written = await restoreCommit(confined, { path, sha: step.sha }, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    // The commit is made; in a repository that the agent broke there is nothing to go back to.
    return String(error instanceof Error ? error.message : error);
  });
  if (typeof written === 'string') return { warnings: [written] };
  if (written.length === 0) return { warnings: [] };
  return { warnings: [`What verify wrote was discarded: ${names(written, MAX_NAMED)}.`] };
};
