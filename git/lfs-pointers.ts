import { git } from './git.ts';

/** What stands in a repository for a file in Git LFS. */
export interface Pointer {
  /** SHA-256 of the content. */
  oid: string;
  size: number;
}

/** Blobs of a repository. */
export interface Blobs {
  sizes: Map<string, number>;
  pointers: Map<string, Pointer>;
}

/** By the specification a pointer has less (bytes). */
const MAX_POINTER = 1024;

const POINTER =
  /^([0-9a-f]{40,64}) blob \d+\nversion https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\nsize (\d+)\n/gm;

/** Looks at the objects `ids` of a git directory that no agent can write. */
export async function readBlobs(dir: string, ids: Iterable<string>, signal?: AbortSignal): Promise<Blobs> {
  const options = { action: 'read the commit', signal };
  const all = [...new Set(ids)];
  const listed = await git(['--git-dir', dir, 'cat-file', '--batch-check'], { ...options, input: lines(all) });
  const sizes = new Map<string, number>();
  for (const line of listed.split('\n')) {
    const [id = '', type, size] = line.split(' ');
    if (type === 'blob') sizes.set(id, Number(size));
  }
  const small = [...sizes].filter(([, size]) => size > 0 && size < MAX_POINTER).map(([id]) => id);
  const contents = await git(['--git-dir', dir, 'cat-file', '--batch'], { ...options, input: lines(small) });
  const pointers = new Map(
    [...contents.matchAll(POINTER)].map(([, id = '', oid = '', size]) => [id, { oid, size: Number(size) }]),
  );
  return { sizes, pointers };
}

export const lines = (all: readonly string[]): string => all.map((each) => `${each}\n`).join('');
