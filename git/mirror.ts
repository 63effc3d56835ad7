import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Credentials } from '../contract/shared/credentials.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { exists } from '../processes/path-exists.ts';
import { Coalescer } from './single-flight.ts';
import { git, tryGit } from './git.ts';
import { withLock } from '../processes/file-lock.ts';
import { asideIn, lockIn, markUsed, repositoryIn, unfinishedFiles } from './mirror-store.ts';
import { pinned } from './dns-pinning.ts';

/** How this host speaks to remotes. */
export interface Remotes {
  /** Folder of the cached mirrors; may be shared by several processes. */
  reposRoot: string;
  /** Asked before each command that speaks to the remote, so that a token may be minted for it. */
  credentialsFor: (repo: RepoUrl) => Promise<Credentials | undefined>;
  /** Limit of one command that speaks to a remote; default: 5 minutes. */
  timeoutMs?: number;
}

/** A bare copy of a repository's heads and tags. Its objects are never pruned, since checkouts borrow them. */
export interface LocalMirror {
  /** Absolute path of the bare repository. */
  dir: string;
  /** The remote's default branch; null in a repository without commits. */
  defaultBranch: string | null;
}

export const REMOTE_TIMEOUT_MS = 5 * 60_000;

const REFSPECS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
const updates = new Coalescer<LocalMirror>();

/** Where the mirror of `repo` is, whether it has been made or not. */
export const mirrorDir = (reposRoot: string, repo: RepoUrl): string => repositoryIn(join(reposRoot, repo.key));

/**
 * Brings the mirror of `repo` to the remote's state of now, made on first use. Calls at one time share fetches: 20 at
 * once cost two. Failures: repo_not_found, repo_auth_failed, remote_unavailable, disk_full. An abort of `signal` kills
 * the git that runs.
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
  const dir = mirrorDir(remotes.reposRoot, repo);
  if (await exists(dir)) {
    // Under the lock: what a killed git left here has no owner any more.
    for (const path of await unfinishedFiles(dir)) await rm(path, { force: true });
    await markUsed(home);
    return { dir, defaultBranch: await fetchInto(remotes, repo, dir, held) };
  }
  const aside = await initAside(home, held);
  try {
    const defaultBranch = await fetchInto(remotes, repo, aside, held);
    // Only a whole mirror gets the name by which others find it.
    await rename(aside, dir);
    return { dir, defaultBranch };
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** Fetches heads and tags, forgets those that are gone, and gives the default branch. */
async function fetchInto(remotes: Remotes, repo: RepoUrl, dir: string, held: Held): Promise<string | null> {
  const remote = {
    remote: repo,
    credentials: await remotes.credentialsFor(repo),
    timeoutMs: remotes.timeoutMs ?? REMOTE_TIMEOUT_MS,
    config: await pinned(repo),
    ...held,
  };
  const look = ['ls-remote', '--symref', '--end-of-options', repo.url, 'HEAD'];
  const head = await git(look, { action: `read ${repo.url}`, ...remote });
  const flags = ['--prune', '--no-tags', '--no-write-fetch-head', '--no-auto-gc', '--no-recurse-submodules', '--quiet'];
  const fetch = ['--git-dir', dir, 'fetch', ...flags, '--end-of-options', repo.url, ...REFSPECS];
  await git(fetch, { action: `fetch ${repo.url}`, ...remote });
  return setHead(dir, head, held);
}

async function initAside(home: string, held: Held): Promise<string> {
  const aside = asideIn(home);
  await rm(aside, { recursive: true, force: true });
  await git(['init', '--bare', '--quiet', '--template=', '--initial-branch=main', aside], {
    action: 'make the mirror',
    ...held,
  });
  return aside;
}

async function setHead(dir: string, lsRemote: string, held: Held): Promise<string | null> {
  const local = { action: 'read the mirror', ...held };
  const branches = (
    await git(['--git-dir', dir, 'for-each-ref', '--format=%(refname:lstrip=2) %(objectname)', 'refs/heads/'], local)
  )
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' ') as [string, string]);
  const named = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(lsRemote)?.[1];
  const sha = /^([0-9a-f]{40,64})\tHEAD$/m.exec(lsRemote)?.[1];
  // A remote HEAD may be detached, or name a branch that does not exist; then the branch at its commit, or a usual
  // name, stands in.
  const wish = [named, branches.find(([, at]) => at === sha)?.[0], 'main', 'master', branches[0]?.[0]];
  const branch = wish.find((name) => branches.some(([existing]) => existing === name)) ?? null;
  await git(['--git-dir', dir, 'symbolic-ref', 'HEAD', `refs/heads/${branch ?? 'main'}`], local);
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
