import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, rename, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cachesDir } from '../contract/shared/artifacts.ts';
import type { CacheStep, RestoredCache, SaveCacheStep } from '../contract/workflow/command-steps.ts';
import { diskUsage } from '../processes/disk-usage.ts';
import { exists } from '../processes/path-exists.ts';
import { removeTree } from '../processes/remove-tree.ts';
import { run } from '../processes/run-program.ts';
import type { HostSettings } from './deps.ts';
import { jobPaths } from './paths.ts';
import type { Step } from './step.ts';

const GIB = 1024 ** 3;

/**
 * Puts what an earlier setup of the same owner and repository left, with the same commands and files, into the
 * worktree. What is there already stays. A cache that cannot be used costs time, and no more.
 */
export const restoreCache: Step<CacheStep, RestoredCache> = async ({ settings, log }, step, _seat, signal) => {
  const { worktree } = jobPaths(settings, step);
  const key = await keyOf(worktree, step);
  const cache = join(folderOf(settings, step), key);
  try {
    for (const [index, path] of step.cache.paths.entries())
      await restore(join(cache, String(index)), worktree, path, signal);
    const restored = await exists(cache);
    if (restored) await utimes(cache, new Date(), new Date());
    return { key, restored, warnings: [] };
  } catch (error) {
    signal.throwIfAborted();
    log.warn({ job: step.job_id, cache, error }, 'could not use the cache');
    return { key, restored: false, warnings: ['The cache of setup could not be used; its commands ran without it.'] };
  }
};

/**
 * Keeps what a setup left for the next one: whole or not at all, however many jobs do so at once. Answers why it does
 * not.
 */
export async function saveCache(settings: HostSettings, step: SaveCacheStep, signal: AbortSignal): Promise<string[]> {
  const folder = folderOf(settings, step);
  const cache = join(folder, step.key);
  if (settings.maxCachesGb === 0 || (await exists(cache))) return [];
  const draft = join(folder, `.${step.key}.${randomUUID()}`);
  try {
    await mkdir(draft, { recursive: true, mode: 0o700 });
    if (!(await fill(draft, settings, step, signal))) return [tooLarge(settings)];
    await rename(draft, cache);
  } catch (error) {
    signal.throwIfAborted();
    // Another job may have been first.
    if (!(await exists(cache))) return [`The cache of setup could not be kept: ${(error as Error).message}`];
  } finally {
    await removeTree(draft);
  }
  return [];
}

const tooLarge = ({ maxCachesGb }: HostSettings): string =>
  `The cache of setup was not kept: it is larger than AGENTICORE_MAX_CACHES_GB (${maxCachesGb}).`;

/** Copies the paths of a cache into `draft`; false where they are too large. */
async function fill(
  draft: string,
  settings: HostSettings,
  { cache, ...step }: SaveCacheStep,
  signal: AbortSignal,
): Promise<boolean> {
  const { worktree } = jobPaths(settings, step);
  let bytes = 0;
  for (const [index, path] of cache.paths.entries()) {
    const from = join(worktree, path);
    if (!(await isOurs(worktree, path)) || !(await exists(from))) continue;
    bytes += (await diskUsage(from)) ?? 0;
    if (bytes > settings.maxCachesGb * GIB) return false;
    await copy(from, join(draft, String(index)), signal);
  }
  return true;
}

/** Another owner has another cache, although the repository is the same. */
function folderOf({ dataDir }: HostSettings, { owner, repo_url }: Pick<CacheStep, 'owner' | 'repo_url'>): string {
  return join(cachesDir(dataDir), hashOf([owner, repo_url]));
}

async function keyOf(worktree: string, { run: commands, cache }: CacheStep): Promise<string> {
  const files = await Promise.all(cache.key.map((path) => contentHash(worktree, path)));
  return hashOf([process.platform, process.arch, process.version, commands, cache, files]);
}

const hashOf = (facts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 40);

/** Null where there is no such file in the worktree itself: a link may lead anywhere. */
async function contentHash(worktree: string, path: string): Promise<string | null> {
  const file = join(worktree, path);
  const stats = await lstat(file).catch(() => undefined);
  if (stats?.isFile() !== true || !(await isOurs(worktree, path))) return null;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function restore(from: string, worktree: string, path: string, signal: AbortSignal): Promise<void> {
  if (!(await isOurs(worktree, path))) return;
  const to = join(worktree, path);
  const aside = asideOf(worktree, path);
  await removeTree(aside);
  if (!(await exists(from)) || (await exists(to))) return;
  await mkdir(dirname(to), { recursive: true });
  await copy(from, aside, signal);
  await rename(aside, to);
}

/** Where a copy is made before it gets its name, so that half of one is never taken for all. */
const asideOf = (worktree: string, path: string): string =>
  join(worktree, dirname(path), `.${basename(path)}.agenticore`);

/** Whether no folder above `path`, nor itself, is a link. */
async function isOurs(worktree: string, path: string): Promise<boolean> {
  const parts = path.split('/');
  for (let depth = 1; depth <= parts.length; depth++) {
    const stats = await lstat(join(worktree, ...parts.slice(0, depth))).catch(() => undefined);
    if (stats?.isSymbolicLink() === true) return false;
  }
  return true;
}

/** A copy of its own: whoever writes to one does not change the other. Links stay links. */
async function copy(from: string, to: string, signal: AbortSignal): Promise<void> {
  const flags = process.platform === 'linux' ? ['-a', '--reflink=auto'] : ['-a'];
  const { PATH = '' } = process.env;
  const { code, stderr } = await run({ file: 'cp', args: [...flags, '--', from, to], env: { PATH }, signal });
  if (code !== 0) throw new Error(`cp: ${stderr.trim().slice(-500)}`);
}
