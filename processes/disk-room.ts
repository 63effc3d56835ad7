import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from '../contract/shared/logger.ts';

const MIB = 1024 ** 2;

/** Bytes that this user may still write where `path` is or, while it is not made yet, will be. */
export async function freeBytes(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    return freeBytes(dirname(path));
  }
}

interface DiskRoomOptions {
  /** Where jobs write. */
  directories: readonly string[];
  /** 0: whatever is free is enough. */
  minFreeMb: number;
  log: Logger;
}

/** Whether this host has room for another job. It logs when it begins to be short of it, and when it no longer is. */
export class DiskRoom {
  readonly #options: DiskRoomOptions;
  #short = false;

  constructor(options: DiskRoomOptions) {
    this.#options = options;
  }

  /** A sentence about what is short now; undefined where there is enough, or where it cannot be determined. */
  async shortage(): Promise<string | undefined> {
    const { directories, minFreeMb, log } = this.#options;
    if (minFreeMb === 0) return undefined;
    const all = await Promise.all(directories.map((directory) => shortageAt(directory, minFreeMb)));
    const found = all.find((sentence) => sentence !== undefined);
    const changed = this.#short !== (found !== undefined);
    this.#short = found !== undefined;
    if (changed && found !== undefined) log.warn({}, `${found}; this worker takes no new jobs`);
    if (changed && found === undefined) log.warn({}, 'the disk has enough free space again; this worker takes jobs');
    return found;
  }
}

async function shortageAt(directory: string, minFreeMb: number): Promise<string | undefined> {
  const free = await freeBytes(directory).catch(() => Infinity);
  if (free >= minFreeMb * MIB) return undefined;
  const mb = Math.floor(free / MIB);
  return `${directory} has ${mb} MB free, less than the ${minFreeMb} MB of AGENTICORE_MIN_FREE_DISK_MB`;
}
