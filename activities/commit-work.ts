import { commitChanges } from '../git/commit.ts';
import { baselinePatterns, showChangedSince } from '../git/baseline.ts';
import type { Commit, CommitStep } from '../contract/workflow/delivery.ts';
import { defusePlain } from '../forges/inert-text.ts';
import { mirrorDir } from '../git/mirror.ts';
import { usesSandbox } from '../processes/start-contained.ts';
import { confinedTo } from './run-git-in-sandbox.ts';
import { remotesOf, repoOf } from './remotes.ts';
import { applyTerms } from './commit-terms.ts';
import type { Step } from './step.ts';
import { jobPaths } from './paths.ts';
import { readStoredProfile } from './stored-profile.ts';

/** Makes the commit to deliver of what the agent left, see git/commit.ts. */
export const commitWork: Step<CommitStep, Commit> = async (deps, step, _seat, signal) => {
  const author = step.commits?.author ?? deps.settings.author;
  const settings = { ...deps.settings, author };
  const { worktree: path, scratch, profile } = jobPaths(settings, step);
  const { repo_url, base, branch, subject } = step;
  const message = defusePlain(subject);
  const confined = confinedTo(settings, step, repo_url, [scratch]);
  const repo = repoOf(settings, repo_url);
  const repository = { path, mirrorDir: mirrorDir(settings.reposRoot, repo), base, branch, repo };
  // A job that fails before its profile is known may have a worktree of the job before.
  const { lfs } = await readStoredProfile(profile).catch(() => ({ lfs: 'auto' as const }));
  const outside = { lfs, remotes: remotesOf(settings), repoOf: (address: string) => repoOf(settings, address) };
  const aside = await showChangedSince(confined, path, signal);
  const how = { limits: settings.commitLimits, bubblewrap: await usesSandbox('auto') };
  const work = { ...repository, ...outside, message, scratch, setUp: await baselinePatterns(path), ...how };
  const { warnings, sha, ...commit } = await commitChanges(confined, work, signal);
  const made = sha === null ? null : await applyTerms(deps, step, { sha, path, confined }, signal);
  return { sha: made, ...commit, warnings: [...asideWarning(aside), ...warnings] };
};

const asideWarning = (files: readonly string[]): string[] =>
  files.length === 0
    ? []
    : [`The agent wrote files among those that setup had left; they are not delivered: ${files.join(', ')}.`];
