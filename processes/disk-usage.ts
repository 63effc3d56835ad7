import { run } from './run-program.ts';

const LIMIT_MS = 30_000;

/** Bytes that a folder takes on the disk, or null where they cannot be counted within 30 s. */
export async function sizeOf(path: string): Promise<number | null> {
  const env = { PATH: process.env.PATH ?? '' };
  const ran = await run({ file: 'du', args: ['-sk', '--', path], env, timeoutMs: LIMIT_MS }).catch(() => undefined);
  const kib = ran?.code === 0 ? /^\d+/.exec(ran.stdout)?.[0] : undefined;
  return kib === undefined ? null : Number(kib) * 1_024;
}
