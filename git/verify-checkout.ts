import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** Thrown where the git directory is not one of its own. */
class Strange extends Error {}

/**
 * Why the checkout's git directory is of no use; undefined when it is one of its own that borrows from the mirror
 * alone. A gitfile, a symlink or a foreign alternates file would make git deliver another repository's objects. To be
 * called when no process of the agent lives.
 */
export async function strangeness(path: string, mirrorDir: string): Promise<string | undefined> {
  try {
    await inspect(path, mirrorDir);
    return undefined;
  } catch (error) {
    if (error instanceof Strange) return error.message;
    throw error;
  }
}

async function inspect(path: string, mirrorDir: string): Promise<void> {
  const gitDir = join(path, '.git');
  for (const folder of [gitDir, join(gitDir, 'objects'), join(gitDir, 'refs')]) {
    const found = await lstat(folder).catch(() => undefined);
    if (found?.isDirectory() !== true) throw new Strange(`${folder.slice(path.length + 1)} is not a folder`);
  }
  await refuseSymlinks(gitDir, '', { depth: 1, harmless: 'hooks' });
  await refuseSymlinks(join(gitDir, 'objects'), 'objects/');
  await refuseSymlinks(join(gitDir, 'refs'), 'refs/');
  if ((await lstat(join(gitDir, 'commondir')).catch(() => undefined)) !== undefined)
    throw new Strange('.git/commondir points elsewhere');
  await checkAlternates(gitDir, mirrorDir);
}

/** `harmless`: no git of ours runs hooks, so where they are does not matter. */
async function refuseSymlinks(
  folder: string,
  shown: string,
  { depth = Infinity, harmless }: { depth?: number; harmless?: string } = {},
): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isSymbolicLink() && entry.name !== harmless) throw new Strange(`.git/${shown}${entry.name} is a symlink`);
    if (entry.isDirectory() && depth > 1)
      await refuseSymlinks(join(folder, entry.name), `${shown}${entry.name}/`, { depth: depth - 1 });
  }
}

/** A missing file is fine: the checkout may have been made independent of the mirror. */
async function checkAlternates(gitDir: string, mirrorDir: string): Promise<void> {
  const alternates = await readFile(join(gitDir, 'objects', 'info', 'alternates'), 'utf8').catch(() => undefined);
  if (alternates === undefined) return;
  const expected = join(await realpath(mirrorDir), 'objects');
  if (alternates.trimEnd() !== expected) throw new Strange('.git/objects/info/alternates names another repository');
}
