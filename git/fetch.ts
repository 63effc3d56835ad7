import { readFile } from 'node:fs/promises';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { exists } from '../processes/path-exists.ts';
import { git, type GitOptions } from './git.ts';
import { shallowIn } from './mirror-store.ts';
import { isPartial, markWhole, sourceOf } from './partial-mirror.ts';

const REFSPECS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];

interface Remote extends Omit<GitOptions, 'action'> {
  /** What is left out, as a filter-spec of git. */
  filter?: string | undefined;
}

/** Brings heads and tags of `repo` into the bare repository `dir`, and forgets those that are gone. */
export async function fetchAll(
  dir: string,
  repo: RepoUrl,
  remote: Remote,
  more: readonly string[] = [],
): Promise<void> {
  const { filter, config = [], ...options } = remote;
  const source = sourceOf(repo, filter);
  const flags = ['--prune', '--no-tags', '--no-write-fetch-head', '--no-auto-gc', '--no-recurse-submodules'];
  // Without --update-shallow git leaves out, with exit code 0, what a shallow remote has.
  const fetch = [
    'fetch',
    '--update-shallow',
    '--progress',
    ...flags,
    ...source.flags,
    ...more,
    '--end-of-options',
    source.name,
    ...REFSPECS,
  ];
  const action = `fetch ${repo.url}`;
  await git(['--git-dir', dir, ...fetch], { ...options, config: [...config, ...source.config], action });
}

/**
 * Brings a mirror that is there up to date. It is fetched anew where something is missing that is left out no more: the
 * filter was turned off, or the source is shallow, of which git can only copy what is whole.
 */
export async function refresh(dir: string, repo: RepoUrl, remote: Remote): Promise<void> {
  const filter = (await exists(shallowIn(dir))) ? undefined : remote.filter;
  const anew = filter === undefined && (await isPartial(dir));
  await fetchAll(dir, repo, { ...remote, filter }, anew ? ['--refetch'] : []);
  if (anew) await markWhole(dir, remote);
}

/**
 * Does the same a little at a time, the newest commits first: git keeps nothing of a fetch that breaks off, but what
 * earlier steps, also those of earlier calls, have brought stays.
 */
export async function fetchInSteps(dir: string, repo: RepoUrl, remote: Remote): Promise<void> {
  if ((await cutAt(dir)) === undefined) await fetchAll(dir, repo, remote, ['--depth=1']);
  for (let step = 1; ; step *= 2) {
    const before = await cutAt(dir);
    if (before === undefined) return;
    await fetchAll(dir, repo, remote, [`--deepen=${step}`]);
    // The source itself has no more.
    if ((await cutAt(dir)) === before) return;
  }
}

/** Where the history is cut off; undefined where it is whole. */
const cutAt = (dir: string): Promise<string | undefined> => readFile(shallowIn(dir), 'utf8').catch(() => undefined);
