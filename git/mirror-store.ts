import { readdir, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { timeLimit } from '../contract/shared/timeout-signal.ts';
import { withLock } from '../processes/file-lock.ts';

/** How the folder of a mirror is called: the key of its repository. */
const KEY = /^[0-9a-f]{12}$/;

/** The bare repository in a mirror's folder. */
export const repositoryIn = (home: string): string => join(home, 'repo.git');

/** The file that says where the history of a git directory is cut off; there is none where it is whole. */
export const shallowIn = (gitDir: string): string => join(gitDir, 'shallow');

/** Where a mirror is made, or goes, until it is whole, or gone. */
export const asideIn = (home: string): string => join(home, 'new.git');

/** What lies in a mirror's folder belongs to the holder of this lock, whose file always stays. */
export const lockIn = (home: string): string => join(home, 'lock');

/** Folders of all mirrors below `reposRoot`, also of those that were never finished. */
export async function mirrorHomes(reposRoot: string): Promise<string[]> {
  const names = await readdir(reposRoot).catch(() => []);
  return names.filter((name) => KEY.test(name)).map((name) => join(reposRoot, name));
}

/** Notes in the folder's time of change that the mirror was used now. */
export async function markUsed(home: string): Promise<void> {
  const now = new Date();
  await utimes(home, now, now);
}

/** Files that a git which was killed has left in a mirror; whether it was killed only the holder of the lock knows. */
export async function unfinishedFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true }).catch(() => []);
  const objects = join(dir, 'objects/');
  return (
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      // No ref can be called *.lock, but one may well be called tmp_something.
      .filter((path) => path.endsWith('.lock') || (path.startsWith(objects) && /\/tmp_[^/]*$/.test(path)))
  );
}

/** Does `work` under the mirror's lock; undefined where its holder does not let go of it within `waitMs`. */
export async function whileUnused<T>(home: string, waitMs: number, work: () => Promise<T>): Promise<T | undefined> {
  const limit = timeLimit(waitMs);
  let started = false;
  try {
    return await withLock(
      lockIn(home),
      () => {
        started = true;
        return work();
      },
      { signal: limit },
    );
  } catch (error) {
    if (limit.aborted && !started) return undefined;
    throw error;
  }
}

/** Removes the repository of a mirror whose lock is held: nobody finds half of it, and the next job clones anew. */
export async function removeRepository(home: string): Promise<void> {
  const aside = asideIn(home);
  await rm(aside, { recursive: true, force: true });
  await rename(repositoryIn(home), aside);
  await rm(aside, { recursive: true, force: true });
}
