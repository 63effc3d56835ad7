import { pushWork, type Delivered, type WorkToDeliver } from '../git/push-work.ts';
import { isInitialCommit } from '../git/initial-commit.ts';
import { mirrorDir } from '../git/mirror.ts';
import type { DeliverStep, Delivery } from '../contract/workflow/delivery.ts';
import { diffFile } from '../contract/shared/artifacts.ts';
import { Failure } from '../contract/shared/failures.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import type { HostSettings } from './deps.ts';
import type { Step } from './step.ts';
import { isOnForge, knownForge } from '../forges/forge-of.ts';
import type { Forge } from '../forges/forge.ts';
import { noPullRequest } from './open-pull-request.ts';
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
    branchOf: step.branch_of,
    sha: step.sha,
    base: step.base.sha,
    first: isInitialCommit(step.base) ? step.base.ref : undefined,
    earlier: step.recorded,
    seen: step.seen,
    fastForward: step.fast_forward ?? false,
    stillHeld: () => seats.holds(step.token),
    diffFile: diffFile(settings.dataDir, step.job_id),
  };
  const push = (to: RepoUrl): Promise<Delivered> => pushWork(remotesOf(settings), to, work, signal);
  const forge = step.may_fork ? forkingForge(settings, repo) : undefined;
  const may = forge === undefined ? true : await forge.canPush(signal);
  try {
    if (forge === undefined || may !== false) return { diff: (await push(repo)).diff, ...onNoForge(settings, step) };
  } catch (error) {
    const refused = error instanceof Failure && error.type === 'repo_auth_failed';
    if (forge === undefined || may !== undefined || !refused) throw error;
  }
  const fork = await forge.fork(signal);
  return { diff: (await push(repoOf(settings, fork.url))).diff, fork_owner: fork.owner, warnings: [] };
};

/** Whether a pull request can be opened, so that no further step is needed to find out. */
function onNoForge(settings: HostSettings, step: DeliverStep): Omit<Delivery, 'diff'> {
  const repo = repoOf(settings, step.repo_url);
  if (isOnForge(repo, settings.forges)) return { warnings: [] };
  return { no_forge: true, warnings: step.pull_request ? noPullRequest(repo) : [] };
}

/** Who forks the repository where it may not be pushed to. Over ssh the key decides, which no forge is asked about. */
const forkingForge = ({ forges }: HostSettings, repo: RepoUrl): Forge | undefined =>
  repo.protocol === 'ssh' ? undefined : knownForge(repo, forges);
