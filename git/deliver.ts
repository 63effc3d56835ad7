import { realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../contract/failures.ts';
import { isGitRef, type RepoUrl } from '../contract/repo-url.ts';
import type { DiffStat } from '../contract/job-memo.ts';
import { diffStat, writeDiff } from './diff.ts';
import { explain } from './explain.ts';
import { explainRan, git, tryGit, type GitOptions } from './git.ts';
import { inspectCheckout } from './inspect.ts';
import { REMOTE_TIMEOUT_MS, type Remotes } from './mirror.ts';
import { pinned } from './pin.ts';
import { confinedUploadPack } from './upload-pack.ts';

/** One commit on its way from a checkout to the remote. */
export interface WorkToDeliver {
  /** The checkout; `<checkout>.deliver` is used and removed. */
  checkout: string;
  mirrorDir: string;
  /** Must begin with `agenticore-`: no other branch is ever pushed. */
  branch: string;
  /** The commit as commitWork returned it. */
  sha: string;
  /** Where the work began, for the statistics; null in an empty repository. */
  base: string | null;
  /** Commits that earlier attempts of this job recorded: what of them is on the branch may be replaced. */
  earlier: readonly string[];
  /** Whether a branch that holds commits of whomever may be added to: everything that it has is in `sha`, too. */
  fastForward?: boolean;
  /** Where the text of what is delivered is kept. */
  diffFile?: string | undefined;
  /** Whether this process still holds the job; asked last before the push. */
  stillHeld: () => boolean;
  /** Whether bubblewrap may be used to read the checkout. */
  bubblewrap: boolean;
}

export interface Delivered {
  outcome: 'pushed' | 'already_delivered';
  diff: DiffStat;
}

/**
 * Puts exactly `sha` on the branch, or fails and leaves the remote as it is: a branch that is not there is created, one that holds
 * a commit of this job is replaced (with `fastForward` also one that is added to), one that already holds `sha` is left, anything else is `branch_conflict`. Nothing of the
 * checkout's configuration has effect. Other failures: unsafe_checkout, seat_lost, push_rejected, repo_auth_failed,
 * repo_not_found, remote_unavailable. May be repeated after any of them.
 */
export async function deliver(
  remotes: Remotes,
  repo: RepoUrl,
  work: WorkToDeliver,
  signal?: AbortSignal,
): Promise<Delivered> {
  if (!work.branch.startsWith('agenticore-') || !isGitRef(work.branch))
    throw new Failure('internal', `${work.branch} is no branch of a job.`);
  await inspectCheckout(work.checkout, work.mirrorDir);
  const clean = `${work.checkout}.deliver`;
  try {
    await takeOver(work, clean, signal);
    const diff = await diffStat(clean, work.base, work.sha, signal);
    if (work.diffFile !== undefined) await writeDiff(clean, work, work.diffFile, signal);
    return { outcome: await pushFenced(remotes, repo, work, clean, signal), diff };
  } finally {
    await rm(clean, { recursive: true, force: true });
  }
}

/** Brings the commit into a git directory that no agent has touched, checking every object. */
async function takeOver(work: WorkToDeliver, clean: string, signal: AbortSignal | undefined): Promise<void> {
  const checkout = await realpath(work.checkout);
  const mirror = await realpath(work.mirrorDir);
  await rm(clean, { recursive: true, force: true });
  await git(['init', '--bare', '--quiet', '--template=', clean], { action: 'prepare the delivery', signal });
  await writeFile(join(clean, 'objects', 'info', 'alternates'), `${join(mirror, 'objects')}\n`);
  const reader = work.bubblewrap ? [`--upload-pack=${confinedUploadPack(checkout, mirror)}`] : [];
  const source = join(checkout, '.git');
  const options: GitOptions = {
    action: "take over the agent's commits",
    signal,
    timeoutMs: REMOTE_TIMEOUT_MS,
    remote: { url: source, protocol: 'file' },
    config: ['fetch.fsckObjects=true'],
  };
  const flags = ['--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', '--quiet', ...reader];
  const ran = await tryGit(
    ['--git-dir', clean, 'fetch', ...flags, '--end-of-options', source, `${work.sha}:refs/heads/${work.branch}`],
    options,
  );
  if (ran.code === 0) return;
  const failure = explainRan(ran, options);
  if (ran.timedOut || failure.type === 'disk_full') throw failure;
  throw new Failure('unsafe_checkout', failure.message);
}

async function pushFenced(
  remotes: Remotes,
  repo: RepoUrl,
  work: WorkToDeliver,
  clean: string,
  signal: AbortSignal | undefined,
): Promise<Delivered['outcome']> {
  const options: GitOptions = {
    action: `push ${work.branch} to ${repo.url}`,
    signal,
    remote: repo,
    credentials: await remotes.credentialsFor(repo),
    timeoutMs: remotes.timeoutMs ?? REMOTE_TIMEOUT_MS,
    config: await pinned(repo),
  };
  const ref = `refs/heads/${work.branch}`;
  const tip = await remoteTip(repo, ref, options);
  if (tip === work.sha) return 'already_delivered';
  if (tip !== null && !work.earlier.includes(tip) && !(await isForward(work, clean, tip, signal)))
    throw explain(options.action, `stale info: ${ref} is at ${tip}`);
  if (!work.stillHeld()) throw new Failure('seat_lost', 'This host no longer holds the job; nothing was pushed.');
  // An empty expectation means: the branch must not exist.
  const lease = `--force-with-lease=${ref}:${tip ?? ''}`;
  const flags = ['--no-verify', '--recurse-submodules=no', '--no-follow-tags', '--quiet', lease];
  const push = await tryGit(
    ['--git-dir', clean, 'push', ...flags, '--end-of-options', repo.url, `${work.sha}:${ref}`],
    options,
  );
  if (push.code === 0 && !push.timedOut) return 'pushed';
  const failure = explainRan(push, options);
  if (failure.type === 'branch_conflict' && (await remoteTip(repo, ref, options)) === work.sha)
    return 'already_delivered';
  throw failure;
}

/** Whether `sha` builds on `tip`. */
async function isForward(
  { fastForward = false, sha }: WorkToDeliver,
  clean: string,
  tip: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (!fastForward) return false;
  const look = ['merge-base', '--is-ancestor', tip, sha];
  return (await tryGit(['--git-dir', clean, ...look], { action: 'compare the commits', signal })).code === 0;
}

/** The commit that `ref` has on the remote, or null. */
async function remoteTip(repo: RepoUrl, ref: string, options: GitOptions): Promise<string | null> {
  const listed = await git(['ls-remote', '--end-of-options', repo.url, ref], options);
  const line = listed.split('\n').find((candidate) => candidate.endsWith(`\t${ref}`));
  return line?.split('\t')[0] ?? null;
}
