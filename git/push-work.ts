import { Failure } from '../contract/shared/failures.ts';
import { isGitRef } from '../contract/http/git-ref.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { bearsId } from '../contract/workflow/names.ts';
import type { DiffStat } from '../contract/workflow/job-progress.ts';
import { exists } from '../processes/path-exists.ts';
import { completeTrees } from './complete-trees.ts';
import { keepDiff } from './diff.ts';
import { deliveryRepository } from './delivery-repository.ts';
import { uploadLfsObjects } from './lfs-upload.ts';
import { isAncestor } from './mirror.ts';
import { pushFirst, pushWithLease, remoteTip, type LeasedPush } from './push-with-lease.ts';
import { remoteOptions, type Remotes } from './remotes.ts';

/** One commit on its way from a checkout to the remote. */
export interface WorkToDeliver extends LeasedPush {
  /** The checkout, whose delivery repository has the commit. */
  checkout: string;
  mirrorDir: string;
  /** The job whose id the name of the branch ends with: no other is pushed, but the first of an empty repository. */
  branchOf: string;
  /** Where the work began, for the statistics; null in an empty repository. */
  base: string | null;
  /**
   * The repository had no commit: the branch that it gets first, with the base as its only commit, so that the job's
   * own does not become its default branch.
   */
  first?: string | undefined;
  /** Where the text of what is delivered is kept. */
  diffFile?: string | undefined;
}

export interface Delivered {
  outcome: 'pushed' | 'already_delivered';
  diff: DiffStat;
}

/**
 * Puts exactly `sha` on the branch, or fails and leaves the remote as it is: a branch that is not there is created, one
 * that is at a commit of this job is replaced (with `fastForward` also one that is added to), one that has `sha` is
 * left, also where others have added to it, and for that no checkout is needed; anything else is `branch_conflict`.
 * Nothing of the checkout's configuration has effect. Other failures: seat_lost, push_rejected,
 * repo_auth_failed, repo_not_found, remote_unavailable. May be repeated after any of them.
 */
export async function pushWork(
  remotes: Remotes,
  repo: RepoUrl,
  work: WorkToDeliver,
  signal?: AbortSignal,
): Promise<Delivered> {
  if (!bearsId(work.branch, work.branchOf) || !isGitRef(work.branch))
    throw new Failure('internal', `${work.branch} is not the branch of a job.`);
  const dir = deliveryRepository(work.checkout);
  const isThere = await exists(dir);
  const already = isThere ? undefined : await deliveredBefore(remotes, repo, work, signal);
  if (already !== undefined) return already;
  const diff = await keepDiff(dir, work, signal);
  await uploadLfsObjects(remotes, repo, work.checkout, signal);
  if (work.first !== undefined && work.base !== null)
    await pushFirst(remotes, repo, { ...work, branch: work.first, sha: work.base }, dir, signal);
  const outcome = await pushWithLease(remotes, repo, work, dir, signal).catch(async (error: unknown) => {
    if (!(error instanceof Failure && error.type === 'branch_conflict')) throw error;
    if ((await deliveredBefore(remotes, repo, work, signal)) === undefined) throw error;
    return 'already_delivered' as const;
  });
  return { outcome, diff };
}

/** What a branch that has the commit already delivers, where the mirror knows of it. */
async function deliveredBefore(
  remotes: Remotes,
  repo: RepoUrl,
  work: WorkToDeliver,
  signal: AbortSignal | undefined,
): Promise<Delivered | undefined> {
  const { mirrorDir, branch, sha, base } = work;
  const ref = `refs/heads/${branch}`;
  if (!(await isAncestor(mirrorDir, sha, ref, signal))) return undefined;
  const tip = await remoteTip(repo, ref, await remoteOptions(remotes, repo, `read ${repo.url}`, signal));
  if (tip === null || !(await isAncestor(mirrorDir, sha, tip, signal))) return undefined;
  await completeTrees(remotes, repo, base === null ? [sha] : [base, sha], signal);
  return { outcome: 'already_delivered', diff: await keepDiff(mirrorDir, work, signal) };
}
