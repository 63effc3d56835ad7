import { pushWork, type Delivered, type WorkToDeliver } from '../git/push-work.ts';
import { isInitialCommit } from '../git/initial-commit.ts';
import { mirrorDir } from '../git/mirror.ts';
import type { DeliverStep, Delivery } from '../contract/workflow/delivery.ts';
import { diffFile } from '../contract/shared/artifacts.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { usesSandbox } from '../processes/start-contained.ts';
import type { Deps } from './deps.ts';
import type { Step } from './step.ts';
import { knownForge } from '../forges/forge-of.ts';
import { jobPaths } from './paths.ts';
import { remotesOf, repoOf } from './remotes.ts';

/**
 * Pushes the recorded commit behind the fence of git/push-work.ts, if this host still holds the job: to the repository,
 * or, where a pull request is wanted and the token may not push there, to a fork.
 */
export const deliver: Step<DeliverStep, Delivery> = async ({ settings, seats }, step, _seat, signal) => {
  const repo = repoOf(settings, step.repo_url);
  const { worktree } = jobPaths(settings, step);
  const work: WorkToDeliver = {
    checkout: worktree,
    mirrorDir: mirrorDir(settings.reposRoot, repo),
    branch: step.branch,
    sha: step.sha,
    base: step.base.sha,
    first: isInitialCommit(step.base) ? step.base.ref : undefined,
    earlier: step.recorded,
    fastForward: step.fast_forward ?? false,
    stillHeld: () => seats.holds(step.token),
    bubblewrap: await usesSandbox('auto'),
    diffFile: diffFile(settings.dataDir, step.job_id),
  };
  const fork = step.may_fork ? await forkOf(settings, repo, signal) : undefined;
  const to = fork === undefined ? repo : repoOf(settings, fork.url);
  const { diff }: Delivered = await pushWork(remotesOf(settings), to, work, signal);
  return { diff, ...(fork === undefined ? {} : { fork_owner: fork.owner }) };
};

/**
 * Where the branch goes when it may not go to the repository. Over ssh the key decides, which no forge is asked about.
 */
async function forkOf(
  { forges }: Deps['settings'],
  repo: RepoUrl,
  signal: AbortSignal,
): Promise<{ url: string; owner: string } | undefined> {
  if (repo.protocol === 'ssh') return undefined;
  const forge = knownForge(repo, forges);
  return forge === undefined || (await forge.canPush(signal)) ? undefined : forge.fork(signal);
}
