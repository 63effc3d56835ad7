import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of disk that `path` and all below it take; 0 for what is gone. */
export async function bytesOf(path: string): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return 0;
  let bytes = found.blocks * 512;
  if (!found.isDirectory()) return bytes;
  for (const name of await readdir(path).catch(() => [])) bytes += await bytesOf(join(path, name));
  return bytes;
}
