import { lstat } from 'node:fs/promises';
import { run } from './run-program.ts';

const LIMIT_MS = 30_000;

/**
 * Bytes of disk that `path` and all below it take: 0 where there is nothing, null where they cannot be counted within
 * 30 s.
 */
export async function diskUsage(path: string): Promise<number | null> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.blocks * 512;
  const env = { PATH: process.env.PATH ?? '' };
  const ran = await run({ file: 'du', args: ['-sk', '--', path], env, timeoutMs: LIMIT_MS });
  // Where files go while it counts, du fails and still prints the sum of the others.
  const kib = ran.timedOut ? undefined : /^\d+/.exec(ran.stdout)?.[0];
  return kib === undefined ? null : Number(kib) * 1_024;
}
