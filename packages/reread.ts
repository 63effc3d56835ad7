import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackagePlace } from './find.ts';
import type { PackageSettings } from './package.ts';
import { PACKAGE_FILES, readPackage, type ReadPackage } from './read.ts';
import { VERSIONED_PARTS } from './version.ts';

/** A file that has changed so lately may change again without another time (milliseconds). */
const TICK_MS = 100;

/** Most packages that are remembered; a synced one has a folder for each version. */
const MAX_KNOWN = 100;

const PARTS = [...new Set([...Object.values(PACKAGE_FILES), ...VERSIONED_PARTS])];

/** What was read of packages, by place and settings, with the state of the files that it was read from. */
const known = new Map<string, { state: string; read: ReadPackage }>();

/** The package in one folder, read again where something in it has changed. */
export async function rereadPackage(place: PackagePlace, settings: PackageSettings): Promise<ReadPackage> {
  const key = JSON.stringify([place, settings]);
  const files = (await Promise.all(PARTS.map((part) => statesOf(place.dir, part)))).flat();
  const state = files.map(({ text }) => text).join('\n');
  const before = known.get(key);
  if (before?.state === state) return before.read;
  const isSettled = Math.max(...files.map(({ changed }) => changed), 0) < Date.now() - TICK_MS;
  const read = await readPackage(place, settings);
  known.delete(key);
  if (isSettled) known.set(key, { state, read });
  const [oldest] = known.keys();
  if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
  return read;
}

interface FileState {
  text: string;
  /** Milliseconds. */
  changed: number;
}

/** What changes when a file does, for the file or all below a folder. Of a link, also for what it leads to. */
async function statesOf(dir: string, path: string): Promise<FileState[]> {
  const at = join(dir, path);
  const stats = await lstat(at).catch(() => null);
  if (stats === null) return [];
  const target = stats.isSymbolicLink() ? await stat(at).catch(() => null) : null;
  const all = [stats, ...(target === null ? [] : [target])];
  const own = {
    text: [path, ...all.map(({ ino, mode, size, ctimeMs }) => [ino, mode, size, ctimeMs].join())].join(' '),
    changed: Math.max(...all.map(({ ctimeMs }) => ctimeMs)),
  };
  if (!stats.isDirectory()) return [own];
  const entries = await readdir(at).catch((): string[] => []);
  const below = await Promise.all(entries.sort().map((entry) => statesOf(dir, `${path}/${entry}`)));
  return [own, ...below.flat()];
}
