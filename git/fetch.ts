import { readFile } from 'node:fs/promises';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import { exists } from '../processes/path-exists.ts';
import { explainRan, git, gitInTurn, type GitOptions } from './git.ts';
import { shallowIn } from './mirror-store.ts';
import { isPartial, markWhole, sourceOf } from './partial-mirror.ts';
import { askHead, headIn, type RemoteHead } from './remote-head.ts';

const REFSPECS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];

interface Remote extends Omit<GitOptions, 'action'> {
  /** What is left out, as a filter-spec of git. */
  filter?: string | undefined;
}

/** Brings heads and tags of `repo` into the bare repository `dir`, and forgets those that are gone. */
export async function fetchAll(
  dir: string,
  repo: RepoUrl,
  { filter, ...remote }: Remote,
  more: readonly string[] = [],
): Promise<void> {
  const { args, config } = fetching(dir, repo, filter, more);
  await git(args, { ...remote, config: [...(remote.config ?? []), ...config], action: `fetch ${repo.url}` });
}

/** The command that does it, and its settings. */
function fetching(
  dir: string,
  repo: RepoUrl,
  filter: string | undefined,
  more: readonly string[],
): { args: string[]; config: string[] } {
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
  return { args: ['--git-dir', dir, ...fetch], config: source.config };
}

/**
 * Brings a mirror that is there up to date. It is fetched anew where something is missing that is left out no more: the
 * filter was turned off, or the source is shallow, of which git can only copy what is whole.
 */
export async function refresh(dir: string, repo: RepoUrl, remote: Remote): Promise<Refreshed> {
  const filter = (await exists(shallowIn(dir))) ? undefined : remote.filter;
  const anew = filter === undefined && (await isPartial(dir));
  const { args, config } = fetching(dir, repo, filter, anew ? ['--refetch'] : []);
  const options = { ...remote, config: [...(remote.config ?? []), ...config], action: `read ${repo.url}` };
  const [asked, fetched, listed] = await gitInTurn([askHead(repo), args, listBranches(dir)], options);
  for (const [ran, action] of [
    [asked, options.action],
    [fetched, `fetch ${repo.url}`],
    [listed, 'read the mirror'],
  ] as const)
    if (ran !== undefined && (ran.code !== 0 || ran.timedOut)) throw explainRan(ran, { ...options, action });
  if (anew) await markWhole(dir, remote);
  const head = await headIn(asked?.stdout ?? '', repo, remote);
  return { head, branches: branchesIn(listed?.stdout ?? '') };
}

/** What came of a refresh. */
interface Refreshed {
  /** What the remote said before the fetch. */
  head: RemoteHead;
  /** The branches of the mirror after it. */
  branches: Branches;
}

/** Where each branch of a mirror is. */
export type Branches = ReadonlyMap<string, string>;

export async function readBranches(dir: string, held: Pick<GitOptions, 'signal' | 'lock'>): Promise<Branches> {
  return branchesIn(await git(listBranches(dir), { action: 'read the mirror', ...held }));
}

const listBranches = (dir: string): string[] => [
  ...['--git-dir', dir, 'for-each-ref', '--format=%(refname:lstrip=2) %(objectname)', 'refs/heads/'],
];

const branchesIn = (listed: string): Branches =>
  new Map(listed.split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ') as [string, string]])));

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
