import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';

/**
 * Rejects with `unsafe_checkout` unless the checkout's git directory is one of its own that borrows from the mirror
 * alone: a gitfile, a symlink or a foreign alternates file would make git deliver another repository's objects. To be
 * called when no process of the agent lives.
 */
export async function inspectCheckout(path: string, mirrorDir: string): Promise<void> {
  const gitDir = join(path, '.git');
  for (const folder of [path, gitDir, join(gitDir, 'objects'), join(gitDir, 'refs')]) {
    const found = await lstat(folder).catch(() => undefined);
    if (found?.isDirectory() !== true)
      throw unsafe(`${folder.slice(path.length) || 'the checkout'} is not a folder of its own`);
  }
  await refuseSymlinks(gitDir, '', 1);
  await refuseSymlinks(join(gitDir, 'objects'), 'objects/');
  await refuseSymlinks(join(gitDir, 'refs'), 'refs/');
  if ((await lstat(join(gitDir, 'commondir')).catch(() => undefined)) !== undefined)
    throw unsafe('.git/commondir points elsewhere');
  await checkAlternates(gitDir, mirrorDir);
}

async function refuseSymlinks(folder: string, shown: string, depth = Infinity): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) throw unsafe(`.git/${shown}${entry.name} is a symlink`);
    if (entry.isDirectory() && depth > 1)
      await refuseSymlinks(join(folder, entry.name), `${shown}${entry.name}/`, depth - 1);
  }
}

/** A missing file is fine: the checkout may have been made independent of the mirror. */
async function checkAlternates(gitDir: string, mirrorDir: string): Promise<void> {
  const alternates = await readFile(join(gitDir, 'objects', 'info', 'alternates'), 'utf8').catch(() => undefined);
  if (alternates === undefined) return;
  const expected = join(await realpath(mirrorDir), 'objects');
  if (alternates.trimEnd() !== expected) throw unsafe('.git/objects/info/alternates names another repository');
}

function unsafe(what: string): Failure {
  return new Failure(
    'unsafe_checkout',
    `The agent changed the repository's git directory so that it cannot be delivered safely: ${what}. The work is kept in the worktree.`,
  );
}
