import { deliver as push } from '../git/deliver.ts';
import { mirrorDir } from '../git/mirror.ts';
import type { Delivery, DeliverStep } from '../contract/steps.ts';
import { diffFile } from '../contract/kept-files.ts';
import { usesSandbox } from '../processes/contain.ts';
import type { Step } from './index.ts';
import { jobPaths } from './paths.ts';
import { remotesOf, repoOf } from './remotes.ts';

/** Pushes the recorded commit behind the fence of git/deliver.ts, if this host still holds the job. */
export const deliver: Step<DeliverStep, Delivery> = async ({ settings, seats }, step, _seat, signal) => {
  const repo = repoOf(settings, step.repo_url);
  const { worktree } = jobPaths(settings, step.job_id);
  const work = {
    checkout: worktree,
    mirrorDir: mirrorDir(settings.reposRoot, repo),
    branch: step.branch,
    sha: step.sha,
    base: step.base.sha,
    earlier: step.recorded,
    stillHeld: () => seats.holds(step.token),
    bubblewrap: await usesSandbox('auto'),
    diffFile: diffFile(settings.dataDir, step.job_id),
  };
  const { diff } = await push(remotesOf(settings), repo, work, signal);
  return { diff };
};
