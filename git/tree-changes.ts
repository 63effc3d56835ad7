import { Failure } from '../contract/shared/failures.ts';
import { run } from '../processes/run-program.ts';
import { git, sealedEnv } from './git.ts';
import { EMPTY_TREE } from './initial-commit.ts';
import { formatOf } from './remote-head.ts';

/** What one entry of a tree became; `sha` is null where it is gone. */
export interface ChangedEntry {
  path: string;
  mode: string;
  sha: string | null;
  /** What it was; undefined where there was none. */
  before: string | undefined;
}

/** A file of a commit that is new or another than before. */
export interface ChangedFile extends Omit<ChangedEntry, 'sha'> {
  id: string;
}

/** What is different in `tree`, as files; in a git directory that no agent can write. */
export async function changedEntries(
  dir: string,
  { from, tree }: { from: string; tree: string },
  signal?: AbortSignal,
): Promise<ChangedEntry[]> {
  const options = { action: 'compare the files', signal };
  const flags = ['-r', '-z', '--raw', '--no-renames', '--no-abbrev'];
  const parts = (await git(['--git-dir', dir, 'diff-tree', ...flags, from, tree, '--'], options)).split('\0');
  const changes: ChangedEntry[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [oldMode = '', newMode = '', old = '', sha = '', status] = (parts[at] ?? '').slice(1).split(' ');
    const gone = status === 'D';
    const before = /^0+$/.test(old) ? undefined : old;
    changes.push({ path: parts[at + 1] ?? '', mode: gone ? oldMode : newMode, sha: gone ? null : sha, before });
  }
  return changes;
}

/** What differs between two commits, less what is gone. */
export async function changedFiles(
  dir: string,
  { base, sha }: { base: string | null; sha: string },
  signal?: AbortSignal,
): Promise<ChangedFile[]> {
  const entries = await changedEntries(dir, { from: base ?? EMPTY_TREE[formatOf(sha)], tree: sha }, signal);
  return entries.flatMap(({ sha: id, ...entry }) => (id === null ? [] : [{ ...entry, id }]));
}

/** The content of a blob. */
export async function readBlob(dir: string, sha: string, signal?: AbortSignal): Promise<Buffer> {
  const text = 'git --git-dir "$0" cat-file blob "$1" | base64';
  const { code, stdout } = await run({ file: '/bin/sh', args: ['-c', text, dir, sha], env: sealedEnv(), signal });
  if (code !== 0) throw new Failure('internal', `The content of ${sha} cannot be read, or is too large.`);
  return Buffer.from(stdout, 'base64');
}
