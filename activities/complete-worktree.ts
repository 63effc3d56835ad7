import { completeCheckout, type CompletionPlan } from '../git/complete-checkout.ts';
import { mirrorDir } from '../git/mirror.ts';
import type { PartModes } from '../contract/shared/checkout-parts.ts';
import type { Base } from '../contract/workflow/job-spec.ts';
import type { CompleteStep } from '../contract/workflow/steps.ts';
import type { HostSettings } from './deps.ts';
import { jobPaths } from './paths.ts';
import { remotesOf, repoOf } from './remotes.ts';
import type { Step } from './step.ts';
import { readStoredProfile } from './stored-profile.ts';

/** Brings what the repository keeps in Git LFS and in submodules, as the profile wants it. */
export const completeWorktree: Step<CompleteStep, void> = async ({ settings }, step, _seat, signal) => {
  const { worktree, profile } = jobPaths(settings, step);
  await completeCheckout(completionPlan(settings, { ...step, worktree }, await readStoredProfile(profile)), signal);
};

/** How a checkout gets what lies outside of its repository. */
export function completionPlan(
  settings: HostSettings,
  { worktree: path, repo_url, base }: { worktree: string; repo_url: string; base: Base },
  { lfs, submodules }: PartModes,
): CompletionPlan {
  const { reposRoot, author } = settings;
  const repo = repoOf(settings, repo_url);
  const from = { repo, remotes: remotesOf(settings), repoOf: (address: string) => repoOf(settings, address) };
  return { path, base, author, mirrorDir: mirrorDir(reposRoot, repo), modes: { lfs, submodules }, ...from };
}
