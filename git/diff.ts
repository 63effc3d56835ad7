import { git } from './git.ts';

export interface DiffStat {
  files: number;
  insertions: number;
  deletions: number;
}

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** How much differs between two commits of a git directory that no agent can write; `base` null is the empty tree. */
export async function diffStat(dir: string, base: string | null, sha: string, signal?: AbortSignal): Promise<DiffStat> {
  const args = [
    '--git-dir',
    dir,
    'diff',
    '--shortstat',
    '--no-ext-diff',
    '--no-textconv',
    '--end-of-options',
    base ?? EMPTY_TREE,
    sha,
    '--',
  ];
  const text = await git(args, { action: 'compare the commits', signal });
  const count = (what: RegExp): number => Number(what.exec(text)?.[1] ?? 0);
  return {
    files: count(/(\d+) files? changed/),
    insertions: count(/(\d+) insertions?/),
    deletions: count(/(\d+) deletions?/),
  };
}
