import { linkSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { isAlive, self, type ProcessIdentity } from './process-identity.ts';

const POLL_MS = 100;
const FREE = 'free';

/**
 * Runs `work` while no other process of this machine, and no other call of this one, is in a `withLock` of the same
 * `path`. A holder that died costs no wait. `onWait` hears once of another process that holds it.
 *
 * The lock is a row of numbered files. Taking it means creating the next number, which only one process can; a number
 * that is in use or the highest is never removed, so that nobody can take one that was passed already.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, onWait?: (pid: number) => void): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  for (;;) {
    const taken = tryTake(path);
    if ('file' in taken) {
      try {
        return await work();
      } finally {
        put(taken.file, FREE);
      }
    }
    if (!told && taken.heldBy !== undefined && taken.heldBy !== process.pid) {
      told = true;
      onWait?.(taken.heldBy);
    }
    await wait(POLL_MS);
  }
}

function tryTake(path: string): { file: string } | { heldBy: number | undefined } {
  const [last = 0, ...older] = numbers(path);
  const holder = last === 0 ? undefined : holderOf(`${path}.${last}`);
  if (holder !== undefined) return { heldBy: holder.pid };
  const file = `${path}.${last + 1}`;
  if (!createWith(file, JSON.stringify(self()))) return { heldBy: undefined };
  if (numbers(path)[0] !== last + 1) {
    rmSync(file, { force: true });
    return { heldBy: undefined };
  }
  for (const number of [last, ...older]) rmSync(`${path}.${number}`, { force: true });
  return { file };
}

/** The numbers in use, highest first. */
function numbers(path: string): number[] {
  const prefix = `${basename(path)}.`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => b - a);
}

function holderOf(file: string): ProcessIdentity | undefined {
  try {
    const content = readFileSync(file, 'utf8');
    if (content === FREE) return undefined;
    const identity = JSON.parse(content) as ProcessIdentity;
    return isAlive(identity) ? identity : undefined;
  } catch {
    return undefined;
  }
}

/** Creates `file` together with its content, or answers false when it exists. */
function createWith(file: string, content: string): boolean {
  const draft = scratch(file);
  writeFileSync(draft, content);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Replaces `file` in one step: a reader sees the old content or the new. */
export function put(file: string, content: string): void {
  const draft = scratch(file);
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, file);
}

const scratch = (file: string): string => join(dirname(file), `.${basename(file)}.${randomUUID()}`);
