import type { FinishSetupStep } from '../contract/workflow/command-steps.ts';
import { recordBaseline } from '../git/baseline.ts';
import { jobPaths } from './paths.ts';
import { confinedTo } from './run-git-in-sandbox.ts';
import { saveCache } from './setup-cache.ts';
import type { Step } from './step.ts';

/** Keeps the cache of a setup whose commands have passed, and takes what they left as no work of the agent's. */
export const finishSetup: Step<FinishSetupStep, { warnings: string[] }> = async ({ settings }, step, _seat, signal) => {
  const { repo_url, save, ...place } = step;
  const warnings = save === undefined ? [] : await saveCache(settings, { ...place, ...save }, signal);
  if (repo_url === undefined) return { warnings };
  const { worktree } = jobPaths(settings, step);
  await recordBaseline(confinedTo(settings, step, repo_url), worktree, signal);
  return { warnings };
};
