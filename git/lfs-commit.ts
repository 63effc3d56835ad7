import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepoUrl } from '../contract/http/repo-url.ts';
import type { Problem } from '../contract/workflow/delivery.ts';
import type { ChangedFile } from './tree-changes.ts';
import { deliveryRepository } from './delivery-repository.ts';
import { git } from './git.ts';
import { names } from './left-work.ts';
import { isPassing, storeIn } from './lfs-checkout.ts';
import { hasObject, takeObject } from './lfs-objects.ts';
import { lines, readBlobs, type Pointer } from './lfs-pointers.ts';
import { callLfs, LFS_REMOTE } from './lfs.ts';
import type { Remotes } from './remotes.ts';

export interface LfsCommit {
  /** The checkout. */
  path: string;
  mirrorDir: string;
  /** Where the commit was made, with what it stored. */
  scratch: string;
  repo: RepoUrl;
  remotes: Remotes;
  base: string | null;
  /** A commit that the delivery repository has. */
  sha: string;
  changed: readonly ChangedFile[];
  /** Why files in Git LFS are not delivered, as a sentence; undefined where they are. */
  unable: string | undefined;
}

/** The objects that are to be uploaded before a commit is pushed, one in a line. */
export const objectsListIn = (checkout: string): string => join(deliveryRepository(checkout), 'lfs-objects');

/** Forgets what an earlier commit would have uploaded. */
export const forgetObjects = (checkout: string): Promise<void> => rm(objectsListIn(checkout), { force: true });

/** A blob that stands for a file in Git LFS. */
interface Found extends Pointer {
  id: string;
  path: string;
}

/**
 * Takes the new objects in Git LFS of a commit over for its delivery. Answers why the commit cannot be delivered: it
 * has the content of a file that belongs into Git LFS, or a pointer to an object that is nowhere.
 */
export async function takeLfsObjects(work: LfsCommit, signal?: AbortSignal): Promise<Problem | undefined> {
  const { path, sha, changed } = work;
  const dir = deliveryRepository(path);
  const within = await filesInLfs(dir, sha, changed, signal);
  const fresh = await newBlobs(dir, work, signal);
  const ids = within.flatMap(({ id, before }) => (before === undefined ? [id] : [id, before]));
  const { sizes, pointers } = await readBlobs(dir, [...fresh.keys(), ...ids], signal);
  const isContent = (id: string): boolean => !pointers.has(id) && sizes.get(id) !== 0;
  const raw = within.filter(({ id, before }) => isContent(id) && !(before !== undefined && isContent(before)));
  if (raw.length > 0) return contentInGit(raw, work.unable);
  const found = [...fresh].flatMap(([id, name]): Found[] => {
    const pointer = pointers.get(id);
    return pointer === undefined ? [] : [{ ...pointer, id, path: name }];
  });
  return takeAll(work, dir, found, signal);
}

async function takeAll(
  work: LfsCommit,
  dir: string,
  found: Found[],
  signal?: AbortSignal,
): Promise<Problem | undefined> {
  const { path, scratch, mirrorDir, unable } = work;
  const taken: string[] = [];
  const missing: Found[] = [];
  for (const each of new Map(found.map((one) => [one.oid, one])).values()) {
    signal?.throwIfAborted();
    // What the server has given out it has.
    if (await hasObject(storeIn(mirrorDir), each)) continue;
    const stores = [storeIn(join(path, '.git')), storeIn(scratch)];
    let isTaken = await hasObject(storeIn(dir), each);
    for (const store of stores) isTaken ||= await takeObject(store, storeIn(dir), each);
    if (isTaken) taken.push(each.oid);
    else missing.push(each);
  }
  if (unable !== undefined) return found.length === 0 ? undefined : undelivered([...taken, ...missing], found, unable);
  const nowhere = await fetchMissing(work, dir, missing, signal);
  if (nowhere.length > 0) return objectsMissing(nowhere);
  if (taken.length > 0) await writeFile(objectsListIn(path), lines(taken));
  return undefined;
}

/** Of the files `changed` those that the attributes of the commit put into Git LFS. */
async function filesInLfs(
  dir: string,
  sha: string,
  changed: readonly ChangedFile[],
  signal?: AbortSignal,
): Promise<ChangedFile[]> {
  const files = changed.filter(({ mode }) => mode.startsWith('100'));
  const options = { action: 'read the attributes', signal, env: { GIT_INDEX_FILE: join(dir, 'attributes-index') } };
  await git(['--git-dir', dir, 'read-tree', sha], options);
  const input = files.map(({ path }) => `${path}\0`).join('');
  const fields = (
    await git(['--git-dir', dir, 'check-attr', '--cached', '-z', '--stdin', 'filter'], { ...options, input })
  ).split('\0');
  const inLfs = new Set(fields.filter((_path, at) => at % 3 === 0 && fields[at + 2] === 'lfs'));
  return files.filter(({ path }) => inLfs.has(path));
}

/** The objects that the mirror does not know as the remote's, with a path of each. */
async function newBlobs(
  dir: string,
  { base, sha }: Pick<LfsCommit, 'base' | 'sha'>,
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const known = [...(base === null ? [] : [base]), '--alternate-refs'];
  const listed = await git(['--git-dir', dir, 'rev-list', '--objects', sha, '--not', ...known], {
    action: 'read the commit',
    signal,
  });
  const entries = listed.split('\n').flatMap((line): [string, string][] => {
    const at = line.indexOf(' ');
    return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
  });
  return new Map(entries);
}

/** Brings what the server has of `missing`, and answers the rest. Fails where the server does not answer. */
async function fetchMissing(
  { repo, remotes }: LfsCommit,
  dir: string,
  missing: Found[],
  signal?: AbortSignal,
): Promise<Found[]> {
  if (missing.length === 0) return [];
  const input = lines(missing.map(({ id, oid }) => `100644 blob ${id}\t${oid}`));
  const tree = (await git(['--git-dir', dir, 'mktree'], { action: 'list what is missing', signal, input })).trim();
  const call = { dir, repo, remotes, signal, action: `fetch the files in Git LFS of ${repo.url}` };
  const failure = await callLfs(['fetch', LFS_REMOTE, tree], call);
  if (failure !== undefined && isPassing(failure)) throw failure;
  const there = await Promise.all(missing.map((each) => hasObject(storeIn(dir), each)));
  return missing.filter((_each, at) => there[at] !== true);
}

const problem = (message: string): Problem => ({ code: 'lfs_failed', message });

const pathsOf = (files: readonly { path: string }[]): string => names([...new Set(files.map(({ path }) => path))]);

function contentInGit(raw: readonly ChangedFile[], unable: string | undefined): Problem {
  const what = `.gitattributes puts these files into Git LFS, but their content was committed to git: ${pathsOf(raw)}.`;
  const remedy =
    unable === undefined
      ? 'Run `git add --renormalize` on them and commit that, or correct .gitattributes.'
      : `${unable} Undo the changes of these files, or correct .gitattributes.`;
  return problem(`${what} ${remedy}`);
}

function undelivered(oids: readonly (string | Found)[], found: readonly Found[], unable: string): Problem | undefined {
  const open = new Set(oids.map((each) => (typeof each === 'string' ? each : each.oid)));
  const files = found.filter(({ oid }) => open.has(oid));
  if (files.length === 0) return undefined;
  return problem(`These files are in Git LFS and would be pushed without their content: ${pathsOf(files)}. ${unable}`);
}

const objectsMissing = (nowhere: readonly Found[]): Problem =>
  problem(
    `These pointers of Git LFS name objects that neither the server nor the worktree has: ${pathsOf(nowhere)}. Put the content of the files in their place, and commit it.`,
  );
