import { commitChanges } from '../git/commit.ts';
import { showChangedSince } from '../git/baseline.ts';
import type { Commit, CommitStep } from '../contract/workflow/delivery.ts';
import { confinedTo } from './run-git-in-sandbox.ts';
import type { Step } from './step.ts';
import { jobPaths } from './paths.ts';

/** Commits what the agent left uncommitted, in its own sandbox, and says which commit is to be delivered. */
export const commitWork: Step<CommitStep, Commit> = async ({ settings }, step, _seat, signal) => {
  const { worktree } = jobPaths(settings, step);
  const confined = confinedTo(settings, step, step.repo_url);
  const aside = await showChangedSince(confined, worktree, signal);
  const work = { path: worktree, base: step.base, message: step.subject };
  return { sha: await commitChanges(confined, work, signal), warnings: asideWarning(aside) };
};

const asideWarning = (files: readonly string[]): string[] =>
  files.length === 0
    ? []
    : [`The agent wrote files among those that setup had left; they are not delivered: ${files.join(', ')}.`];
