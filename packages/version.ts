import { createHash, type Hash } from 'node:crypto';
import { lstat, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResolvedProfile } from '../profiles/profile.ts';

/** What of a folder an agent is started with, beside what is in its profile. */
export const VERSIONED_PARTS = ['CLAUDE.md', '.mcp.json', '.claude', '.codex', 'runners'];

/** Digest of a package: of its profile, in which its folder stands, and of the files that are copied or run. */
export async function versionOf(dir: string, profile: ResolvedProfile): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(profile));
  for (const part of VERSIONED_PARTS) await add(hash, dir, part);
  return hash.digest('hex').slice(0, 16);
}

async function add(hash: Hash, dir: string, path: string): Promise<void> {
  const stats = await lstat(join(dir, path)).catch(() => null);
  if (stats === null) return;
  hash.update(`\0${path}\0${stats.mode}\0`);
  if (stats.isFile()) hash.update(await readFile(join(dir, path)));
  if (!stats.isDirectory()) return;
  const entries = await readdir(join(dir, path)).catch((): string[] => []);
  for (const entry of entries.sort()) await add(hash, dir, `${path}/${entry}`);
}
