import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { exists } from '../processes/path-exists.ts';
import { Coalescer } from './single-flight.ts';
import { git, tryGit, type GitOptions } from './git.ts';
import { makeInitialCommit } from './initial-commit.ts';
import { readRemoteHead, type RemoteHead } from './remote-head.ts';
import { withLock } from '../processes/file-lock.ts';
import { asideIn, lockIn, markUsed, repositoryIn, unfinishedFiles } from './mirror-store.ts';
import { remoteOptions, type Remotes } from './remotes.ts';

/** A bare copy of a repository's heads and tags. Its objects are never pruned, since checkouts borrow them. */
export interface LocalMirror {
  /** Absolute path of the bare repository. */
  dir: string;
  /** The remote's default branch; one without commits has its initial commit here alone. */
  defaultBranch: string;
}

const REFSPECS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
const updates = new Coalescer<LocalMirror>();

/** Where the mirror of `repo` is, whether it has been made or not. */
export const mirrorDir = (reposRoot: string, repo: RepoUrl): string => repositoryIn(join(reposRoot, repo.key));

/**
 * Brings the mirror of `repo` to the remote's state of now, made on first use. Calls at one time share fetches: 20 at
 * once cost two. Failures: repo_not_found, host_not_found, repo_auth_failed, repo_incomplete, remote_unavailable,
 * disk_full. An abort of `signal` kills the git that runs.
 */
export async function bringMirrorUpToDate(remotes: Remotes, repo: RepoUrl, signal?: AbortSignal): Promise<LocalMirror> {
  const home = join(remotes.reposRoot, repo.key);
  return updates.share(home, signal, async (shared) => {
    const update = (lock: number): Promise<LocalMirror> => updateLocked(remotes, repo, home, { signal: shared, lock });
    return withLock(lockIn(home), update, { signal: shared });
  });
}

interface Held {
  signal: AbortSignal;
  lock: number;
}

async function updateLocked(remotes: Remotes, repo: RepoUrl, home: string, held: Held): Promise<LocalMirror> {
  const remote = { ...(await remoteOptions(remotes, repo, `read ${repo.url}`, held.signal)), ...held };
  const dir = mirrorDir(remotes.reposRoot, repo);
  const aside = asideIn(home);
  try {
    const head = await readRemoteHead(repo, remote);
    if (await exists(dir)) {
      // Under the lock: what a killed git left here has no owner any more.
      for (const path of await unfinishedFiles(dir)) await rm(path, { force: true });
      await markUsed(home);
      return { dir, defaultBranch: await fetchInto(dir, repo, head, remote) };
    }
    await initMirror(aside, head, held);
    const defaultBranch = await fetchInto(aside, repo, head, remote);
    // Only a whole mirror gets the name by which others find it.
    await rename(aside, dir);
    return { dir, defaultBranch };
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** Fetches heads and tags, forgets those that are gone, and gives the default branch. */
async function fetchInto(
  dir: string,
  repo: RepoUrl,
  head: RemoteHead,
  remote: Held & Omit<GitOptions, 'action'>,
): Promise<string> {
  const flags = ['--prune', '--no-tags', '--no-write-fetch-head', '--no-auto-gc', '--no-recurse-submodules', '--quiet'];
  // Without --update-shallow git leaves out, with exit code 0, what a shallow remote has.
  const fetch = ['fetch', '--update-shallow', ...flags, '--end-of-options', repo.url, ...REFSPECS];
  await git(['--git-dir', dir, ...fetch], { action: `fetch ${repo.url}`, ...remote });
  return setHead(dir, repo, head, { signal: remote.signal, lock: remote.lock });
}

async function initMirror(dir: string, { format }: RemoteHead, held: Held): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  const flags = ['--bare', '--quiet', '--template=', '--initial-branch=main', `--object-format=${format}`];
  await git(['init', ...flags, dir], { action: 'make the mirror', ...held });
}

/** Points HEAD at the default branch. A repository without commits gets the one on which work can begin. */
async function setHead(dir: string, repo: RepoUrl, head: RemoteHead, held: Held): Promise<string> {
  const local = { action: 'read the mirror', ...held };
  const listed = await git(
    ['--git-dir', dir, 'for-each-ref', '--format=%(refname:lstrip=2) %(objectname)', 'refs/heads/'],
    local,
  );
  const branches = new Map(
    listed
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' ') as [string, string]),
  );
  if (head.sha !== undefined && (head.branch === undefined ? branches.size === 0 : !branches.has(head.branch))) {
    throw new Failure(
      'repo_incomplete',
      `${repo.url} names ${head.sha} as its HEAD${head.branch === undefined ? ', which is on no branch' : ` on ${head.branch}, but does not give it out`}.`,
    );
  }
  // A remote HEAD may be detached, or name a branch without commits; then the branch at its commit, or a usual name,
  // stands in.
  const [first] = branches.keys();
  const at = [...branches].find(([, sha]) => sha === head.sha)?.[0];
  const found = [head.branch, at, 'main', 'master', first].find((name) => name !== undefined && branches.has(name));
  const branch = found ?? head.branch ?? 'main';
  if (found === undefined) await makeInitialCommit(dir, branch, head.format, held);
  await git(['--git-dir', dir, 'symbolic-ref', 'HEAD', `refs/heads/${branch}`], local);
  return branch;
}

/** The commit that `branch` of the mirror points at; null when there is no such branch. */
export async function branchTip(mirror: LocalMirror, branch: string, signal?: AbortSignal): Promise<string | null> {
  const name = `refs/heads/${branch}^{commit}`;
  const look = ['rev-parse', '--verify', '--quiet', '--end-of-options', name];
  const ran = await tryGit(['--git-dir', mirror.dir, ...look], { action: 'read the mirror', signal });
  return ran.code === 0 ? ran.stdout.trim() : null;
}

/** Every commit that a branch or tag of the mirror points at. */
export async function allTips({ dir }: LocalMirror, signal?: AbortSignal): Promise<string[]> {
  const format = '--format=%(objectname) %(*objectname)';
  const listed = await git(['--git-dir', dir, 'for-each-ref', format], { action: 'read the mirror', signal });
  return listed.split(/\s+/).filter((sha) => sha !== '');
}

/**
 * Whether `newer`, a commit or ref, is commit `older` or builds on it; false where `dir`, which no agent can write, has
 * not both.
 */
export async function isAncestor(dir: string, older: string, newer: string, signal?: AbortSignal): Promise<boolean> {
  const look = ['merge-base', '--is-ancestor', older, newer];
  return (await tryGit(['--git-dir', dir, ...look], { action: 'compare the commits', signal })).code === 0;
}
