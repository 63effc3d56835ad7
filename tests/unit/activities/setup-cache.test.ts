import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deps } from '../../../activities/deps.ts';
import { restoreCache, saveCache } from '../../../activities/setup-cache.ts';
import { HeldSeat } from '../../../activities/seats.ts';
import type { CacheStep, RestoredCache } from '../../../contract/workflow/command-steps.ts';

let dir: string;
let deps: Deps;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agenticore-cache-'));
  const settings = { dataDir: join(dir, 'data'), worktreeRoot: join(dir, 'worktrees'), maxCachesGb: 1 };
  const log = { warn: () => undefined };
  deps = { settings, log } as unknown as Deps;
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const { signal } = new AbortController();
const cache = { key: ['lock'], paths: ['node_modules'] };

/** A worktree of a job with these files. */
async function worktree(job: string, files: Record<string, string>): Promise<string> {
  const path = join(dir, 'worktrees', job);
  await mkdir(path, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(path, name, '..'), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return path;
}

const stepOf = (job: string, more: Partial<CacheStep> = {}): CacheStep => ({
  ...{ job_id: job, token: 'seat', owner: 'ada', repo_url: 'https://forge.test/acme/app', run: ['npm ci'], cache },
  ...more,
});
const restore = (job: string, more: Partial<CacheStep> = {}): Promise<RestoredCache> =>
  restoreCache(deps, stepOf(job, more), new HeldSeat(job), signal);

/** What the setup of a job does with an empty worktree. */
async function setUp(job: string, files: Record<string, string>, more: Partial<CacheStep> = {}): Promise<string[]> {
  const { key } = await restore(job, more);
  await worktree(job, files);
  return saveCache(deps.settings, { ...stepOf(job, more), key }, signal);
}

const readIn = (path: string, name: string): Promise<string | null> =>
  readFile(join(path, name), 'utf8').catch(() => null);

test('what a setup left is there for the next one with the same files, as a copy of its own', async () => {
  const first = await worktree('one', { lock: '1' });
  expect(await setUp('one', { 'node_modules/a/index.js': 'a' })).toEqual([]);
  const second = await worktree('two', { lock: '1' });
  expect(await restore('two')).toMatchObject({ restored: true, warnings: [] });
  expect(await readIn(second, 'node_modules/a/index.js')).toBe('a');
  await writeFile(join(second, 'node_modules/a/index.js'), 'b');
  await worktree('three', { lock: '1' });
  await restore('three');
  expect(await readIn(join(dir, 'worktrees', 'three'), 'node_modules/a/index.js')).toBe('a');
  expect(await readIn(first, 'node_modules/a/index.js')).toBe('a');
});

test.each<[what: string, files: Record<string, string>, more: Partial<CacheStep>]>([
  ['another owner', { lock: '1' }, { owner: 'bob' }],
  ['another repository', { lock: '1' }, { repo_url: 'https://forge.test/acme/other' }],
  ['other content of a file of the key', { lock: '2' }, {}],
  ['no file of the key', {}, {}],
  ['other commands', { lock: '1' }, { run: ['npm install'] }],
])('%s has another cache', async (_what, files, more) => {
  await worktree('one', { lock: '1' });
  await setUp('one', { 'node_modules/a': 'a' });
  const second = await worktree('two', files);
  expect(await restore('two', more)).toMatchObject({ restored: false });
  expect(await readdir(second)).toEqual(Object.keys(files));
});

test('what is in the worktree already stays, and half a copy of a killed process does not', async () => {
  await worktree('one', { lock: '1' });
  const paths = { ...cache, paths: ['node_modules', 'vendor'] };
  await setUp('one', { 'node_modules/a': 'cached', 'vendor/b': 'b' }, { cache: paths });
  const second = await worktree('two', { lock: '1', 'node_modules/a': 'own', '.vendor.agenticore/half': 'x' });
  await restore('two', { cache: paths });
  expect(await readIn(second, 'node_modules/a')).toBe('own');
  expect((await readdir(second)).sort()).toEqual(['lock', 'node_modules', 'vendor']);
});

test('links stay links, and none of them is followed out of the worktree', async () => {
  const secret = join(dir, 'secret');
  await mkdir(secret);
  await writeFile(join(secret, 'key'), 'private');
  const nested = { ...cache, paths: ['app/node_modules', 'linked'] };
  const first = await worktree('one', { lock: '1', 'app/node_modules/x': 'x' });
  await symlink('../x', join(first, 'app/node_modules/y'));
  await symlink(secret, join(first, 'linked'));
  await setUp('one', {}, { cache: nested });
  const second = await worktree('two', { lock: '1' });
  await restore('two', { cache: nested });
  expect(await readlink(join(second, 'app/node_modules/y'))).toBe('../x');
  expect((await readdir(second)).sort()).toEqual(['app', 'lock']);

  const third = await worktree('three', { lock: '1' });
  await symlink(secret, join(third, 'app'));
  await restore('three', { cache: nested });
  expect(await readdir(secret)).toEqual(['key']);
});

test('a file of the key that is a link counts as missing', async () => {
  const one = await worktree('one', {});
  await symlink('/etc/passwd', join(one, 'lock'));
  await worktree('two', {});
  expect((await restore('one')).key).toBe((await restore('two')).key);
});

test('jobs that save the same cache at once leave one, whole', async () => {
  const jobs = ['one', 'two', 'three'];
  for (const job of jobs) await worktree(job, { lock: '1' });
  const saved = await Promise.all(jobs.map((job) => setUp(job, { 'node_modules/a': 'a', 'node_modules/b': 'b' })));
  expect(saved.flat()).toEqual([]);
  const [folder = ''] = await readdir(join(dir, 'data', 'caches'));
  expect(await readdir(join(dir, 'data', 'caches', folder))).toHaveLength(1);
});

test('a cache that is larger than all may be is not kept, which is told; without any room nothing is', async () => {
  deps.settings.maxCachesGb = 1 / 1024 ** 2;
  await worktree('one', { lock: '1' });
  expect(await setUp('one', { 'node_modules/a': 'a'.repeat(5_000) })).toEqual([
    expect.stringContaining('AGENTICORE_MAX_CACHES_GB'),
  ]);
  deps.settings.maxCachesGb = 0;
  expect(await setUp('one', {})).toEqual([]);
  expect((await stat(join(dir, 'data', 'caches')).catch(() => null))?.isDirectory() ?? true).toBe(true);
  expect(await restore('one')).toMatchObject({ restored: false });
});
