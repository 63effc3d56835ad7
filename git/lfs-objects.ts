import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Pointer } from './lfs-pointers.ts';

const partsOf = ({ oid }: Pointer): string[] => ['objects', oid.slice(0, 2), oid.slice(2, 4), oid];

/** Whether a store that no agent can write has an object. */
export const hasObject = (store: string, pointer: Pointer): Promise<boolean> =>
  stat(join(store, ...partsOf(pointer))).then(
    ({ size }) => size === pointer.size,
    () => false,
  );

/**
 * Copies an object out of a store that an agent may have written, if it is there and is what it is called; nothing is
 * followed out of the store. To be called when no process of the agent lives.
 */
export async function takeObject(from: string, to: string, pointer: Pointer): Promise<boolean> {
  if (!(await isWithin(from, partsOf(pointer).slice(0, -1)))) return false;
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
  const source = await open(join(from, ...partsOf(pointer)), flags).catch(() => undefined);
  if (source === undefined) return false;
  const target = join(to, ...partsOf(pointer));
  const aside = join(to, `${pointer.oid}.new`);
  try {
    const found = await source.stat();
    if (!found.isFile() || found.size !== pointer.size) return false;
    await mkdir(dirname(target), { recursive: true });
    const hash = createHash('sha256');
    const copy = await open(aside, 'w');
    try {
      for await (const chunk of source.createReadStream({ autoClose: false })) {
        hash.update(chunk as Buffer);
        await copy.writeFile(chunk as Buffer);
      }
    } finally {
      await copy.close();
    }
    if (hash.digest('hex') !== pointer.oid) return false;
    await rename(aside, target);
    return true;
  } finally {
    await source.close();
    await rm(aside, { force: true });
  }
}

/** Whether the folders are folders, and no links. */
async function isWithin(store: string, parts: readonly string[]): Promise<boolean> {
  for (let depth = 0; depth <= parts.length; depth += 1) {
    const found = await lstat(join(store, ...parts.slice(0, depth))).catch(() => undefined);
    if (found?.isDirectory() !== true) return false;
  }
  return true;
}
