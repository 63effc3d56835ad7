import { git } from './git.ts';
import { EMPTY_TREE } from './initial-commit.ts';
import { formatOf } from './remote-head.ts';

/** A file of a commit that is new or another than before. */
export interface ChangedFile {
  path: string;
  mode: string;
  id: string;
  /** Undefined where there was none. */
  before: string | undefined;
}

interface Change {
  base: string | null;
  sha: string;
}

const RAW = /^:\d+ (\d+) ([0-9a-f]+) ([0-9a-f]+) [A-Z]$/;

/** What differs between two commits of a git directory that no agent can write, less what is gone. */
export async function changedFiles(dir: string, { base, sha }: Change, signal?: AbortSignal): Promise<ChangedFile[]> {
  const flags = ['-r', '-z', '--raw', '--no-abbrev', '--no-renames', '--diff-filter=d'];
  const commits = [base ?? EMPTY_TREE[formatOf(sha)], sha];
  const options = { action: 'compare the commits', signal };
  const fields = (await git(['--git-dir', dir, 'diff-tree', ...flags, ...commits], options)).split('\0');
  return fields.flatMap((field, at) => {
    const [, mode, before = '', id] = RAW.exec(field) ?? [];
    const path = fields[at + 1];
    if (mode === undefined || id === undefined || path === undefined) return [];
    return [{ path, mode, id, before: /^0+$/.test(before) ? undefined : before }];
  });
}
