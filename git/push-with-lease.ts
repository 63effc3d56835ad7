import { Failure } from '../contract/shared/failures.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { explain } from './git-errors.ts';
import { explainRan, git, tryGit, type GitOptions } from './git.ts';
import { isAncestor } from './mirror.ts';
import { remoteOptions, type Remotes } from './remotes.ts';

/** What is pushed, and by which rules. */
export interface LeasedPush {
  branch: string;
  /** The commit as `commitChanges` returned it. */
  sha: string;
  /** Commits that earlier attempts of this job recorded: what of them is on the branch may be replaced. */
  earlier: readonly string[];
  /** Where the branch was when it was last seen; null, or absent, where it was not there. */
  seen?: string | null | undefined;
  /** Whether a branch with commits of others may be fast-forwarded to `sha`. */
  fastForward?: boolean;
  /** Whether this process still holds the job; asked last before the push. */
  stillHeld: () => boolean;
}

/**
 * Pushes `sha` from the git directory `clean`, if the branch on the remote is where this job may move it from, and
 * still is at that moment. The push itself says whether it is: the remote is asked only after it has refused. See
 * `pushWork`.
 */
export async function pushWithLease(
  remotes: Remotes,
  repo: RepoUrl,
  work: LeasedPush,
  clean: string,
  signal: AbortSignal | undefined,
): Promise<'pushed' | 'already_delivered'> {
  const options = await remoteOptions(remotes, repo, `push ${work.branch} to ${repo.url}`, signal);
  const ref = `refs/heads/${work.branch}`;
  const { seen = null } = work;
  if (work.stillHeld() && (await mayMoveFrom(seen, work, clean, signal))) {
    const pushed = await push(repo, work, seen, clean, options);
    if (!(pushed instanceof Failure)) return pushed;
    if (pushed.type !== 'branch_conflict') throw pushed;
  }
  const tip = await remoteTip(repo, ref, options);
  if (tip === work.sha) return 'already_delivered';
  if (!(await mayMoveFrom(tip, work, clean, signal))) throw explain(options.action, `stale info: ${ref} is at ${tip}`);
  const pushed = await push(repo, work, tip, clean, options);
  if (!(pushed instanceof Failure)) return pushed;
  if (pushed.type === 'branch_conflict' && (await remoteTip(repo, ref, options)) === work.sha)
    return 'already_delivered';
  throw pushed;
}

/** Makes the branch, unless it is there or somebody makes it at this moment. */
export async function pushFirst(
  remotes: Remotes,
  repo: RepoUrl,
  work: Pick<LeasedPush, 'branch' | 'sha' | 'stillHeld'>,
  clean: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const options = await remoteOptions(remotes, repo, `push ${work.branch} to ${repo.url}`, signal);
  if ((await remoteTip(repo, `refs/heads/${work.branch}`, options)) !== null) return;
  const pushed = await push(repo, work, null, clean, options);
  if (pushed instanceof Failure && pushed.type !== 'branch_conflict') throw pushed;
}

/** Pushes if the branch is at `tip` at that moment; else says why not. */
async function push(
  repo: RepoUrl,
  { branch, sha, stillHeld }: Pick<LeasedPush, 'branch' | 'sha' | 'stillHeld'>,
  tip: string | null,
  clean: string,
  options: GitOptions,
): Promise<Failure | 'pushed' | 'already_delivered'> {
  if (!stillHeld()) throw new Failure('seat_lost', 'This worker no longer holds the job, so it did not push.');
  const ref = `refs/heads/${branch}`;
  // An empty expectation means: the branch must not exist.
  const lease = `--force-with-lease=${ref}:${tip ?? ''}`;
  const flags = ['--no-verify', '--recurse-submodules=no', '--no-follow-tags', '--progress', lease];
  const pushed = await tryGit(
    ['--git-dir', clean, 'push', ...flags, '--end-of-options', repo.url, `${sha}:${ref}`],
    options,
  );
  if (pushed.code !== 0 || pushed.timedOut) return explainRan(pushed, options);
  return /^Everything up-to-date$/m.test(pushed.stderr) ? 'already_delivered' : 'pushed';
}

/** Whether the job may move the branch from `tip`: none, a commit of its own, or one that `sha` builds on. */
async function mayMoveFrom(
  tip: string | null,
  work: LeasedPush,
  clean: string,
  signal?: AbortSignal,
): Promise<boolean> {
  if (tip === null || work.earlier.includes(tip)) return true;
  return work.fastForward === true && (await isAncestor(clean, tip, work.sha, signal));
}

/** The commit that `ref` has on the remote, or null. */
export async function remoteTip(repo: RepoUrl, ref: string, options: GitOptions): Promise<string | null> {
  const listed = await git(['ls-remote', '--end-of-options', repo.url, ref], options);
  const line = listed.split('\n').find((candidate) => candidate.endsWith(`\t${ref}`));
  return line?.split('\t')[0] ?? null;
}
