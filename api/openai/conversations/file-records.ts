import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Records } from './records.ts';

/** How often what is too old is looked for (milliseconds), and how many lists stay at most: the newest. */
const SWEEP_MS = 600_000;
const MAX_LISTS = 50_000;

/** Each list is a folder, whose time is that of its last change, and each record a file in it. */
export class FileRecords implements Records {
  readonly #folder: string;
  readonly #ttlMs: number;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(folder: string, ttlS = Infinity) {
    this.#folder = folder;
    this.#ttlMs = ttlS * 1_000;
    if (ttlS === Infinity) return;
    this.#timer = setInterval(() => void this.sweep().catch(() => undefined), Math.min(SWEEP_MS, this.#ttlMs)).unref();
  }

  async read(list: string): Promise<unknown[]> {
    const folder = this.#folderOf(list);
    const names = (await whenThere(readdir(folder))) ?? [];
    const values = await Promise.all(names.filter(isRecord).map((name) => this.#value(folder, name)));
    return values.filter((value) => value !== undefined);
  }

  async get(list: string, key: string): Promise<unknown> {
    return this.#value(this.#folderOf(list), nameOf(key));
  }

  async claim(list: string, key: string, value: unknown): Promise<unknown> {
    const folder = this.#folderOf(list);
    await this.#dropOld(folder);
    for (;;) {
      const draft = await this.#draft(folder, value);
      try {
        // Whole, or not at all; of two the first counts.
        await link(draft, join(folder, nameOf(key)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      } finally {
        await unlink(draft);
      }
      const kept = await this.#value(folder, nameOf(key));
      if (kept !== undefined) return kept;
    }
  }

  async put(list: string, key: string, value: unknown): Promise<void> {
    const folder = this.#folderOf(list);
    await this.#dropOld(folder);
    await rename(await this.#draft(folder, value), join(folder, nameOf(key)));
  }

  async remove(list: string, key: string): Promise<void> {
    await rm(join(this.#folderOf(list), nameOf(key)), { force: true });
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Removes the lists that have not changed for the TTL, and the oldest of too many. */
  async sweep(): Promise<void> {
    const lists: { folder: string; age: number }[] = [];
    for (const shard of (await whenThere(readdir(this.#folder))) ?? [])
      for (const name of (await whenThere(readdir(join(this.#folder, shard)))) ?? []) {
        const folder = join(this.#folder, shard, name);
        lists.push({ folder, age: await ageOf(folder) });
      }
    lists.sort((a, b) => a.age - b.age);
    for (const [index, { folder, age }] of lists.entries())
      if (index >= MAX_LISTS || age > this.#ttlMs) await rm(folder, { recursive: true, force: true });
  }

  async #dropOld(folder: string): Promise<void> {
    if ((await ageOf(folder)) > this.#ttlMs) await rm(folder, { recursive: true, force: true });
  }

  async #draft(folder: string, value: unknown): Promise<string> {
    const draft = join(folder, `.${randomUUID()}`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(draft, JSON.stringify(value), { mode: 0o600 });
    return draft;
  }

  /** The value of a record that has not expired. */
  async #value(folder: string, name: string): Promise<unknown> {
    const text = await whenThere(readFile(join(folder, name), 'utf8'));
    if (text === undefined || (await ageOf(folder)) > this.#ttlMs) return undefined;
    return JSON.parse(text) as unknown;
  }

  #folderOf(list: string): string {
    const name = createHash('sha256').update(list).digest('hex');
    return join(this.#folder, name.slice(0, 2), name);
  }
}

const nameOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/** Milliseconds since the last change in a folder. */
const ageOf = async (folder: string): Promise<number> =>
  Date.now() - ((await whenThere(stat(folder)))?.mtimeMs ?? Date.now());

const isRecord = (name: string): boolean => !name.startsWith('.');

async function whenThere<T>(read: Promise<T>): Promise<T | undefined> {
  return read.catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
}
