import { mkdir } from 'node:fs/promises';
import { createCheckout, removeCheckout } from '../git/checkout.ts';
import { mirrorDir } from '../git/mirror.ts';
import type { Worktree, WorktreeStep } from '../contract/steps.ts';
import { killStrays } from '../processes/tree.ts';
import type { Step } from './index.ts';
import { jobPaths } from './paths.ts';
import { repoOf } from './remotes.ts';
import { findSession } from './session.ts';

/**
 * Makes the job's isolated checkout, or finds the one that an earlier attempt left on this disk. It is taken over when
 * the agent's session is there too, so that the agent can go on; else the job starts over from its base. What still ran
 * of the earlier attempt is killed first.
 */
export const createWorktree: Step<WorktreeStep, Worktree> = async ({ settings, log }, step, _seat, signal) => {
  const { job_id, attempt, repo_url, base, branch } = step;
  const paths = jobPaths(settings, job_id);
  const killed = await killStrays({ marker: job_id, directories: [paths.worktree, paths.dir] });
  if (killed.length > 0) log.warn({ job: job_id, killed }, 'processes of an earlier attempt were killed');
  const resumable = (await findSession(paths.config, job_id, attempt)) !== undefined;
  if (!resumable) await removeCheckout(paths.worktree);
  await mkdir(settings.worktreeRoot, { recursive: true });
  for (const dir of [paths.config, paths.home, paths.tmp]) await mkdir(dir, { recursive: true, mode: 0o700 });
  if (repo_url === undefined || base === undefined || branch === undefined) {
    await mkdir(paths.worktree, { recursive: true });
    return { path: paths.worktree, reused: resumable };
  }
  const repo = repoOf(settings, repo_url);
  const plan = {
    path: paths.worktree,
    mirrorDir: mirrorDir(settings.reposRoot, repo),
    repo,
    branch,
    base,
    author: settings.author,
  };
  const { reused } = await createCheckout(plan, signal);
  return { path: paths.worktree, reused };
};
