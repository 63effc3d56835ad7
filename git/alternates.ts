import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { borrowedIn } from './completion.ts';
import { isDelivery } from './delivery-repository.ts';

/** No list of alternates is longer: an agent may have written it. */
const MAX_BYTES = 64 * 1024;

interface Roots {
  reposRoot: string;
  worktreeRoot: string;
}

const rootsIn = (reposRoot: string): string => join(reposRoot, 'worktree-roots');

/**
 * Notes beside the mirrors that checkouts below `worktreeRoot` borrow from them: hosts with other worktrees may share
 * them.
 */
export async function noteWorktreeRoot({ reposRoot, worktreeRoot }: Roots): Promise<void> {
  const notes = rootsIn(reposRoot);
  await mkdir(notes, { recursive: true, mode: 0o700 });
  const name = createHash('sha256').update(worktreeRoot).digest('hex').slice(0, 12);
  // The name tells the content: who finds it there need not write it again.
  await writeFile(join(notes, name), worktreeRoot, { flag: 'wx' }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
}

/**
 * Whether a checkout, below `worktreeRoot` or below one that is noted, borrows objects from the mirror `dir`; also
 * where a checkout does not let itself be read, and so cannot be ruled out.
 */
export async function isBorrowed({ reposRoot, worktreeRoot }: Roots, dir: string): Promise<boolean> {
  const objects = join(await realpath(dir), 'objects');
  for (const root of new Set([worktreeRoot, ...(await notedRoots(reposRoot))])) {
    for (const name of await readdir(root).catch(() => [])) {
      // A checkout, or the clean git directory from which one is delivered.
      const at = join(root, name);
      const lists = [alternatesIn(join(at, '.git')), alternatesIn(at), ...(isDelivery(name) ? [borrowedIn(at)] : [])];
      for (const list of lists) {
        const borrowed = await linesOf(list).catch(() => [objects]);
        if (borrowed.includes(objects)) return true;
      }
    }
  }
  return false;
}

async function notedRoots(reposRoot: string): Promise<string[]> {
  const notes = rootsIn(reposRoot);
  const names = await readdir(notes).catch(() => []);
  return Promise.all(names.map((name) => readFile(join(notes, name), 'utf8')));
}

const alternatesIn = (gitDir: string): string => join(gitDir, 'objects', 'info', 'alternates');

async function linesOf(path: string): Promise<string[]> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
  const file = await open(path, flags).catch((error: unknown) => {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (file === undefined) return [];
  try {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(MAX_BYTES) });
    return buffer.toString('utf8', 0, bytesRead).split('\n');
  } finally {
    await file.close();
  }
}
