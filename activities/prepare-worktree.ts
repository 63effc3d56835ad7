import { mkdir, rm } from 'node:fs/promises';
import type { LeaveStep, PrepareStep, WorktreeFacts } from '../contract/workflow/worktree-state.ts';
import { completeCheckout } from '../git/complete-checkout.ts';
import { createCheckout, removeCheckout } from '../git/checkout.ts';
import { mirrorDir } from '../git/mirror.ts';
import { completionPlan } from './complete-worktree.ts';
import type { Step, Task } from './step.ts';
import { jobPaths } from './paths.ts';
import { repoOf } from './remotes.ts';
import { diskUsage } from '../processes/disk-usage.ts';
import { lookAtRemote } from './update-mirror.ts';

/** Makes a checkout that is there before its first job. One that an earlier try made is taken as it is. */
export const prepareWorktree: Step<PrepareStep, WorktreeFacts> = async ({ settings }, step, _seat, signal) => {
  const { base, branch } = await lookAtRemote(settings, { ...step, recorded: [] }, signal);
  const { worktree: path } = jobPaths(settings, step);
  const repo = repoOf(settings, step.repo_url);
  await mkdir(settings.worktreeRoot, { recursive: true });
  const from = { mirrorDir: mirrorDir(settings.reposRoot, repo), repo, author: settings.author };
  await createCheckout({ path, branch, base, ...from }, signal);
  // Before a profile is known.
  const modes = { lfs: 'auto', submodules: 'auto' } as const;
  const { repo_url } = step;
  await completeCheckout(completionPlan(settings, { worktree: path, repo_url, base }, modes), signal);
  return { path, branch, base, size_bytes: await diskUsage(path) };
};

/** The last step of a preparation: removes what came of it unless it stays, and gives the seat back. */
export const leaveWorktree: Task<LeaveStep, void> = async ({ seats, settings }, { token, keep, ...place }) => {
  const seat = seats.get(token);
  await seat.stop(new Error('the preparation is over'));
  if (!keep) {
    const { worktree, lock } = jobPaths(settings, place);
    await removeCheckout(worktree);
    await rm(lock, { force: true });
  }
  seat.release();
};
