import { constants } from 'node:fs';
import { open, readlink, realpath, type FileHandle } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** A text file of a worktree, as far as it is given to the agent. */
export interface TextFile {
  /** Its real path: the same for all links to it. */
  real: string;
  text: string;
  isCut: boolean;
}

/**
 * The beginning of the text file at `path`, at most `limit` bytes. Links are followed inside of `root`, a real path,
 * and never out of it or into its .git. `absent` where there is no such file, `outside` where a link leads out of
 * `root`, `no_text` for what is no file or no text.
 */
export async function readInside(
  root: string,
  path: string,
  limit: number,
): Promise<TextFile | 'absent' | 'outside' | 'no_text'> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) return 'absent';
  if (!isInside(root, real)) return 'outside';
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  );
  if (file === undefined) return 'no_text';
  try {
    if (!(await isAt(file, real))) return 'outside';
    return (await file.stat()).isFile() ? await textOf(file, real, limit) : 'no_text';
  } finally {
    await file.close();
  }
}

/** Whether `path`, without links, is that of something in the worktree `root` that is not git's own. */
export function isInside(root: string, path: string): boolean {
  const [first] = relative(root, path).split(sep);
  return first !== '..' && first !== '.git' && path.startsWith(join(root, sep));
}

/** A folder on the way may have become a link since the path was looked at. Without /proc nobody can tell. */
async function isAt({ fd }: FileHandle, real: string): Promise<boolean> {
  return (await readlink(`/proc/self/fd/${fd}`).catch(() => real)) === real;
}

async function textOf(file: FileHandle, real: string, limit: number): Promise<TextFile | 'no_text'> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(limit + 1), 0, limit + 1, 0);
  const isCut = bytesRead > limit;
  const bytes = buffer.subarray(0, Math.min(bytesRead, limit));
  if (bytes.includes(0)) return 'no_text';
  // A character that the limit cuts in two is left out.
  return { real, text: new TextDecoder().decode(bytes, { stream: isCut }).trim(), isCut };
}
