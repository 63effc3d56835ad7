import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import type { ObjectStore } from './object-store.ts';

/** Objects as files in a folder that is this user's alone: of the data directory, or on a shared file system. */
export class FileStore implements ObjectStore {
  readonly isShared: boolean;
  readonly #folder: string;

  constructor(folder: string, { isShared }: { isShared: boolean }) {
    this.#folder = folder;
    this.isShared = isShared;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.#folder, key);
    const draft = `${path}.${randomUUID()}.part`;
    await this.#guarded(key, async () => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      try {
        await writeFile(draft, bytes, { mode: 0o600, flag: 'wx' });
        await rename(draft, path);
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
    });
  }

  get(key: string): Promise<Buffer | undefined> {
    return this.#guarded(key, () => orAbsent(readFile(join(this.#folder, key))));
  }

  async delete(key: string): Promise<void> {
    await this.#guarded(key, () => rm(join(this.#folder, key), { force: true }));
  }

  async #guarded<T>(key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      const isFull = code === 'ENOSPC' || code === 'EDQUOT';
      const message = `${join(this.#folder, key)} cannot be written or read (${code}).`;
      throw new Failure(isFull ? 'disk_full' : 'store_unavailable', message, { cause: error });
    }
  }
}

const orAbsent = <T>(found: Promise<T>): Promise<T | undefined> =>
  found.catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
