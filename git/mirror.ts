import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { exists } from '../processes/path-exists.ts';
import { Coalescer } from './single-flight.ts';
import { fetchAll, fetchInSteps, readBranches, refresh, type Branches } from './fetch.ts';
import { progressReader } from './fetch-progress.ts';
import { git, tryGit } from './git.ts';
import { setHead } from './mirror-head.ts';
import { readRemoteHead, type RemoteHead } from './remote-head.ts';
import { withLock } from '../processes/file-lock.ts';
import { asideIn, lockIn, markUsed, repositoryIn, shallowIn, unfinishedFiles } from './mirror-store.ts';
import { isPartial } from './partial-mirror.ts';
import { remoteOptions, type Remotes } from './remotes.ts';

/**
 * A bare copy of a repository's heads and tags, without what the filter leaves out. Its objects are never pruned, since
 * checkouts borrow them.
 */
export interface LocalMirror {
  /** Absolute path of the bare repository. */
  dir: string;
  /** The remote's default branch; one without commits has its initial commit here alone. */
  defaultBranch: string;
  /** Where each branch was when the mirror was brought up to date. */
  branches: Branches;
}

const updates = new Coalescer<LocalMirror>();
/** Who wants to hear how far the update of a mirror is, by its folder. */
const listeners = new Map<string, Set<(text: string) => void>>();

/** Where the mirror of `repo` is, whether it has been made or not. */
export const mirrorDir = (reposRoot: string, repo: RepoUrl): string => repositoryIn(join(reposRoot, repo.key));

/**
 * Brings the mirror of `repo` to the remote's state of now, made on first use. Calls at one time share fetches: 20 at
 * once cost two. Failures: repo_not_found, host_not_found, repo_auth_failed, repo_incomplete, remote_unavailable,
 * disk_full. An abort of `signal` kills the git that runs. `onProgress` hears now and then how far a
 * long fetch is.
 */
export async function bringMirrorUpToDate(
  remotes: Remotes,
  repo: RepoUrl,
  signal?: AbortSignal,
  onProgress: (text: string) => void = () => undefined,
): Promise<LocalMirror> {
  const home = join(remotes.reposRoot, repo.key);
  const heard = listeners.get(home) ?? new Set();
  listeners.set(home, heard.add(onProgress));
  try {
    return await updates.share(home, signal, async (shared) => {
      const update = (lock: number): Promise<LocalMirror> =>
        updateLocked(remotes, repo, home, { signal: shared, lock });
      return withLock(lockIn(home), update, { signal: shared });
    });
  } finally {
    heard.delete(onProgress);
    if (heard.size === 0) listeners.delete(home);
  }
}

interface Held {
  signal: AbortSignal;
  lock: number;
}

async function updateLocked(remotes: Remotes, repo: RepoUrl, home: string, held: Held): Promise<LocalMirror> {
  const said = progressReader((text) => listeners.get(home)?.forEach((listener) => listener(text)));
  const options = await remoteOptions(remotes, repo, `read ${repo.url}`, held.signal);
  const remote = { ...options, ...held, onStderr: said, filter: remotes.cloneFilter };
  const dir = mirrorDir(remotes.reposRoot, repo);
  const aside = asideIn(home);
  try {
    if (await exists(dir)) {
      await removeUnfinished(dir);
      await markUsed(home);
      return await mirrorAt(dir, repo, await refresh(dir, repo, remote), held);
    }
    const head = await readRemoteHead(repo, remote);
    if (await isBegun(aside, head, remote)) await fetchInSteps(aside, repo, remote);
    else {
      await initMirror(aside, head, held);
      await fetchAll(aside, repo, remote);
    }
    if (remote.filter !== undefined && (await exists(shallowIn(aside)))) await refresh(aside, repo, remote);
    const mirror = await mirrorAt(aside, repo, { head, branches: await readBranches(aside, held) }, held);
    // Only a whole mirror gets the name by which others find it.
    await rename(aside, dir);
    return { ...mirror, dir };
  } catch (error) {
    // What has come of a clone that broke off is gone on with.
    if (!(error instanceof Failure && error.type === 'remote_unavailable'))
      await rm(aside, { recursive: true, force: true });
    throw error;
  }
}

/** The mirror as it was fetched; an empty one has its initial commit now. */
async function mirrorAt(
  dir: string,
  repo: RepoUrl,
  fetched: { head: RemoteHead; branches: Branches },
  held: Held,
): Promise<LocalMirror> {
  const defaultBranch = await setHead(dir, repo, fetched, held);
  const isNew = !fetched.branches.has(defaultBranch);
  return { dir, defaultBranch, branches: isNew ? await readBranches(dir, held) : fetched.branches };
}

/** Under the lock: what a killed git left has no owner any more. */
async function removeUnfinished(dir: string): Promise<void> {
  for (const path of await unfinishedFiles(dir)) await rm(path, { force: true });
}

/** Whether an earlier clone broke off there. */
async function isBegun(
  dir: string,
  { format }: RemoteHead,
  { filter, signal, lock }: Held & { filter: string | undefined },
): Promise<boolean> {
  if (!(await exists(dir)) || (await isPartial(dir)) !== (filter !== undefined)) return false;
  await removeUnfinished(dir);
  const look = ['--git-dir', dir, 'rev-parse', '--show-object-format'];
  return (await tryGit(look, { action: 'read the mirror', signal, lock })).stdout.trim() === format;
}

async function initMirror(dir: string, { format }: RemoteHead, held: Held): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  const flags = ['--bare', '--quiet', '--template=', '--initial-branch=main', `--object-format=${format}`];
  await git(['init', ...flags, dir], { action: 'make the mirror', ...held });
}

/** The commit that `branch` of the mirror points at; null when there is no such branch. */
export const branchTip = ({ branches }: LocalMirror, branch: string): string | null => branches.get(branch) ?? null;

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
