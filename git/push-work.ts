import { copyFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import { isGitRef } from '../contract/http/git-ref.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import type { DiffStat } from '../contract/workflow/job-progress.ts';
import { diffStat, writeDiff } from './diff.ts';
import { exists } from '../processes/path-exists.ts';
import { explainRan, git, tryGit, type GitOptions } from './git.ts';
import { shallowIn } from './mirror-store.ts';
import { formatOf } from './remote-head.ts';
import { inspectCheckout } from './verify-checkout.ts';
import { isAncestor } from './mirror.ts';
import { pushFirst, pushWithLease, remoteTip, type LeasedPush } from './push-with-lease.ts';
import { REMOTE_TIMEOUT_MS, remoteOptions, type Remotes } from './remotes.ts';
import { confinedUploadPack } from './upload-pack.ts';

/** One commit on its way from a checkout to the remote. */
export interface WorkToDeliver extends LeasedPush {
  /** The checkout; `<checkout>.deliver` is used and removed. */
  checkout: string;
  mirrorDir: string;
  /** Where the work began, for the statistics; null in an empty repository. */
  base: string | null;
  /**
   * The repository had no commit: the branch that it gets first, with the base as its only commit, so that the job's
   * own does not become its default branch.
   */
  first?: string | undefined;
  /** Where the text of what is delivered is kept. */
  diffFile?: string | undefined;
  /** Whether bubblewrap may be used to read the checkout. */
  bubblewrap: boolean;
}

export interface Delivered {
  outcome: 'pushed' | 'already_delivered';
  diff: DiffStat;
}

/**
 * Puts exactly `sha` on the branch, or fails and leaves the remote as it is: a branch that is not there is created, one
 * that is at a commit of this job is replaced (with `fastForward` also one that is added to), one that has `sha` is
 * left, also where others have added to it, and for that no checkout is needed; anything else is `branch_conflict`.
 * Nothing of the checkout's configuration has effect. Other failures: unsafe_checkout, seat_lost, push_rejected,
 * repo_auth_failed, repo_not_found, remote_unavailable. May be repeated after any of them.
 */
export async function pushWork(
  remotes: Remotes,
  repo: RepoUrl,
  work: WorkToDeliver,
  signal?: AbortSignal,
): Promise<Delivered> {
  if (!work.branch.startsWith('agenticore-') || !isGitRef(work.branch))
    throw new Failure('internal', `${work.branch} is not the branch of a job.`);
  const already = await deliveredBefore(remotes, repo, work, signal);
  if (already !== undefined) return already;
  await inspectCheckout(work.checkout, work.mirrorDir);
  const clean = `${work.checkout}.deliver`;
  try {
    await takeOver(work, clean, signal);
    const diff = await diffStat(clean, work.base, work.sha, signal);
    if (work.diffFile !== undefined) await writeDiff(clean, work, work.diffFile, signal);
    if (work.first !== undefined && work.base !== null)
      await pushFirst(remotes, repo, { ...work, branch: work.first, sha: work.base }, clean, signal);
    return { outcome: await pushWithLease(remotes, repo, work, clean, signal), diff };
  } finally {
    await rm(clean, { recursive: true, force: true });
  }
}

/** What a branch that has the commit already delivers, where the mirror knows of it. */
async function deliveredBefore(
  remotes: Remotes,
  repo: RepoUrl,
  work: WorkToDeliver,
  signal: AbortSignal | undefined,
): Promise<Delivered | undefined> {
  const { mirrorDir, branch, sha, base, diffFile } = work;
  const ref = `refs/heads/${branch}`;
  if (!(await isAncestor(mirrorDir, sha, ref, signal))) return undefined;
  const tip = await remoteTip(repo, ref, await remoteOptions(remotes, repo, `read ${repo.url}`, signal));
  if (tip === null || !(await isAncestor(mirrorDir, sha, tip, signal))) return undefined;
  const diff = await diffStat(mirrorDir, base, sha, signal);
  if (diffFile !== undefined) await writeDiff(mirrorDir, work, diffFile, signal);
  return { outcome: 'already_delivered', diff };
}

/** Brings the commit into a git directory that no agent has touched, checking every object. */
async function takeOver(work: WorkToDeliver, clean: string, signal: AbortSignal | undefined): Promise<void> {
  const checkout = await realpath(work.checkout);
  const mirror = await realpath(work.mirrorDir);
  await rm(clean, { recursive: true, force: true });
  const format = `--object-format=${formatOf(work.sha)}`;
  await git(['init', '--bare', '--quiet', '--template=', format, clean], { action: 'prepare the delivery', signal });
  await writeFile(join(clean, 'objects', 'info', 'alternates'), `${join(mirror, 'objects')}\n`);
  // What the mirror lacks of the history is no loss; what the agent's repository lacks besides would be.
  if (await exists(shallowIn(mirror))) await copyFile(shallowIn(mirror), shallowIn(clean));
  const reader = work.bubblewrap ? [`--upload-pack=${confinedUploadPack(checkout, mirror)}`] : [];
  const source = join(checkout, '.git');
  const options: GitOptions = {
    action: "take over the agent's commits",
    signal,
    timeoutMs: REMOTE_TIMEOUT_MS,
    remote: { url: source, protocol: 'file', trusted: true },
    config: ['fetch.fsckObjects=true'],
  };
  const flags = ['--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', '--quiet', ...reader];
  const ran = await tryGit(
    ['--git-dir', clean, 'fetch', ...flags, '--end-of-options', source, `${work.sha}:refs/heads/${work.branch}`],
    options,
  );
  // What git leaves out for it, it leaves out with exit code 0.
  if (ran.code === 0 && !ran.stderr.includes('shallow roots')) return;
  const failure = explainRan(ran, options);
  if (ran.timedOut || failure.type === 'disk_full') throw failure;
  throw new Failure('unsafe_checkout', failure.message);
}
