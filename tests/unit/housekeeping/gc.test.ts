import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { retryId } from '../../../contract/shared/derived-id.ts';
import { Failure } from '../../../contract/shared/failures.ts';
import { noteWorktreeRoot } from '../../../git/alternates.ts';
import { deliveryRepository } from '../../../git/delivery-repository.ts';
import { withLock } from '../../../processes/file-lock.ts';
import { MARKER_VARIABLE } from '../../../processes/job-processes.ts';
import { bringMirrorUpToDate } from '../../../git/mirror.ts';
import type { AskFate, Fate } from '../../../housekeeping/workflow-state.ts';
import { planGc, planJobs, type GcItem } from '../../../housekeeping/plan.ts';
import { runGc } from '../../../housekeeping/run.ts';
import type { Rules } from '../../../housekeeping/candidate.ts';
import { gitWorld, jobCheckout, localRepo, type GitWorld } from '../../support/git-world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const daysAgo = (days: number): number => Date.now() - days * DAY_MS;

let world: GitWorld;
let rules: Rules;
let fates: Map<string, Fate>;
const ask: AskFate = (id) => Promise.resolve(fates.get(id) ?? { state: 'unknown' });
beforeEach(async () => {
  world = await gitWorld();
  fates = new Map();
  rules = {
    dataDir: world.path('data'),
    worktreeRoot: world.path('worktrees'),
    reposRoot: world.path('repos'),
    sharedFsRoot: undefined,
    keepWorktreesDays: 14,
    keepTranscriptsDays: 30,
    keepEventsDays: 20,
    keepMirrorsDays: 30,
    maxCachesGb: 10,
    maxDataGb: 0,
  };
});
afterEach(() => world.dispose());

/** A job's id of which Temporal says `fate`. */
function jobThat(fate: Fate): string {
  const id = randomUUID();
  fates.set(id, fate);
  return id;
}

async function age(path: string, ms: number): Promise<string> {
  const then = new Date(Date.now() - ms);
  await utimes(path, then, then);
  return path;
}

/** A file, or a folder with a file in it, `days` old. */
async function make(path: string, { days = 0, bytes = 1 } = {}): Promise<string> {
  const isFile = /\.(diff|part|jsonl|\d+|lock|pack)$|tmp_/.test(path);
  const file = isFile ? path : join(path, 'file');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, Buffer.alloc(bytes, 1));
  await age(file, days * DAY_MS);
  return isFile ? file : age(path, days * DAY_MS);
}

const planned = async (): Promise<GcItem[]> => (await planGc(rules, ask)).map(({ item }) => item);
const paths = async (): Promise<string[]> => (await planned()).map(({ path }) => path).sort();
const collect = async (): Promise<void> => void (await runGc(await planGc(rules, ask), ask));

describe('the worktree and the files of a job', () => {
  const CASES: [string, 'go' | 'stay', () => Fate, number][] = [
    ['that runs, however old they are', 'stay', () => ({ state: 'open' }), 400],
    ['that succeeded or was cancelled, at once', 'go', () => ({ state: 'ended', at: Date.now() }), 0],
    ['that failed just now, however old they are', 'stay', () => ({ state: 'failed', at: Date.now() }), 400],
    ['that failed 13 days ago', 'stay', () => ({ state: 'failed', at: daysAgo(13) }), 20],
    ['that failed 15 days ago', 'go', () => ({ state: 'failed', at: daysAgo(15) }), 20],
    ['that Temporal does not know, after 13 days', 'stay', () => ({ state: 'unknown' }), 13],
    ['that Temporal does not know, after 15 days', 'go', () => ({ state: 'unknown' }), 15],
  ];

  test.each(CASES)('%s, %s', async (_when, end, fate, days) => {
    const id = jobThat(fate());
    const files = [
      await make(join(rules.worktreeRoot, id), { days }),
      await make(join(rules.dataDir, 'jobs', id), { days }),
    ];
    await collect();
    expect(files.map((path) => existsSync(path))).toEqual(files.map(() => end === 'stay'));
  });

  test('stay while a retry waits for them, be it one of a retry that did not begin', async () => {
    const id = jobThat({ state: 'failed', at: daysAgo(15) });
    await make(join(rules.worktreeRoot, id), { days: 15 });
    fates.set(retryId(id), { state: 'failed', at: daysAgo(1) });
    fates.set(retryId(retryId(id)), { state: 'open' });
    expect(await paths()).toEqual([]);
    fates.set(retryId(retryId(id)), { state: 'ended', at: Date.now() });
    expect(await paths()).toEqual([join(rules.worktreeRoot, id)]);
  });

  test('go with a process of the job that works elsewhere', async () => {
    const id = jobThat({ state: 'ended', at: Date.now() });
    await make(join(rules.worktreeRoot, id));
    const env = { ...process.env, [MARKER_VARIABLE]: `job:${id}` };
    const stray = spawn('sleep', ['600'], { cwd: '/', env, stdio: 'ignore' });
    const ended = once(stray, 'exit');
    await once(stray, 'spawn');
    await collect();
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(await paths()).toEqual([]);
  });

  test('go in the look of every minute, which leaves everything else to the hourly round', async () => {
    const id = jobThat({ state: 'ended', at: Date.now() });
    const failed = jobThat({ state: 'failed', at: Date.now() });
    const files = (of: string): string[] => [join(rules.worktreeRoot, of), join(rules.dataDir, 'jobs', of)];
    const old = join(rules.dataDir, 'events', `${id}.jsonl`);
    for (const path of [...files(id), ...files(failed), old]) await make(path, { days: 400 });
    await runGc(await planJobs(rules, ask), ask);
    expect(files(id).map((path) => existsSync(path))).toEqual([false, false]);
    expect([...files(failed), old].map((path) => existsSync(path))).toEqual([true, true, true]);
    expect(await paths()).toEqual([old]);
  });

  test('are as old as the folder that the agent cannot touch', async () => {
    const id = jobThat({ state: 'unknown' });
    await make(join(rules.dataDir, 'jobs', id), { days: 1 });
    await make(join(rules.worktreeRoot, id), { days: 400 });
    expect(await paths()).toEqual([]);
  });

  test('leave what a killed process made beside them, which goes with any end, and only then', async () => {
    const failed = jobThat({ state: 'failed', at: Date.now() });
    const open = jobThat({ state: 'open' });
    const left = await Promise.all([failed, open].map((id) => make(join(rules.worktreeRoot, `${id}.new`))));
    expect(await paths()).toEqual(left.slice(0, 1));
  });

  test('stay with what is committed for delivery as long as the job could be tried again', async () => {
    const ids = [jobThat({ state: 'failed', at: Date.now() }), jobThat({ state: 'ended', at: Date.now() })];
    const kept = await Promise.all(ids.map((id) => make(deliveryRepository(join(rules.worktreeRoot, id)))));
    expect(await paths()).toEqual(kept.slice(1));
  });
});

test('folders below the worktree root that are not named by an id are nobody of ours', async () => {
  await make(join(rules.worktreeRoot, 'my-own-clone'), { days: 400 });
  await make(join(rules.dataDir, 'jobs', 'notes'), { days: 400 });
  expect(await paths()).toEqual([]);
});

test('transcripts, diffs and events go when their days are over, and not while their workflow is open', async () => {
  const [ended, open, gone] = [jobThat({ state: 'ended', at: daysAgo(90) }), jobThat({ state: 'open' }), randomUUID()];
  const of = (id: string, days: number): Promise<string[]> =>
    Promise.all([
      make(join(rules.dataDir, 'transcripts', id), { days }),
      make(join(rules.dataDir, 'diffs', `${id}.diff`), { days }),
      make(join(rules.dataDir, 'events', `${id}.jsonl`), { days }),
    ]);
  await of(open, 90);
  const [, , events = ''] = await of(ended, 25);
  const all = await of(gone, 31);
  expect(await paths()).toEqual([...all, events].sort());
  expect(await planned()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: 'events', path: events, reason: expect.stringContaining('20 days') }),
    ]),
  );
});

test('halves of files that a killed process left go after an hour', async () => {
  const names = [join('diffs', 'x.diff.part'), join('events', `.${randomUUID()}.jsonl.4711`)];
  for (const name of names) await make(join(rules.dataDir, name));
  expect(await paths()).toEqual([]);
  for (const name of names) await age(join(rules.dataDir, name), 2 * HOUR_MS);
  expect((await planned()).map(({ kind }) => kind)).toEqual(['partial', 'partial']);
});

describe('what sessions keep in the store', () => {
  test.each([undefined, 'shared'])('goes when nobody needs it any more (root: %s)', async (root) => {
    rules = { ...rules, sharedFsRoot: root === undefined ? undefined : world.path(root) };
    const store = join(world.path(root ?? 'data'), 'store');
    const open = jobThat({ state: 'open' });
    const closed = jobThat({ state: 'ended', at: daysAgo(31) });
    await make(join(store, 'contents', 'ab', '1.pack'), { days: 29 });
    await make(join(store, 'sessions', open, 'a.jsonl'), { days: 31 });
    await make(join(store, 'sessions', closed, 'b.jsonl'), { days: 29 });
    expect(await paths()).toEqual([]);
    const gone = [
      await make(join(store, 'contents', 'ab', '2.pack'), { days: 31 }),
      await make(join(store, 'contents', 'cd', '3.part'), { days: 1 }),
      await make(join(store, 'sessions', closed, 'c.jsonl'), { days: 31 }),
    ];
    await collect();
    expect(gone.filter((path) => existsSync(path))).toEqual([]);
    expect(existsSync(join(store, 'sessions', open, 'a.jsonl'))).toBe(true);
  });
});

describe('a mirror', () => {
  test('goes when no job asked for it for its days, and is cloned anew', async () => {
    const repo = await localRepo(world);
    const { dir } = await bringMirrorUpToDate(world.remotes, repo);
    await age(dirname(dir), 29 * DAY_MS);
    expect(await paths()).toEqual([]);
    await age(dirname(dir), 31 * DAY_MS);
    expect(await planned()).toMatchObject([{ kind: 'mirror', path: dir, age_s: expect.any(Number) }]);
    await collect();
    expect(existsSync(dir)).toBe(false);
    expect((await bringMirrorUpToDate(world.remotes, repo)).defaultBranch).toBe('main');
  });

  test('is young again when a job has asked for it', async () => {
    const repo = await localRepo(world);
    const { dir } = await bringMirrorUpToDate(world.remotes, repo);
    await age(dirname(dir), 31 * DAY_MS);
    await bringMirrorUpToDate(world.remotes, repo);
    expect(await paths()).toEqual([]);
  });

  test.each(['below the worktree root', 'below the worktree root of another host on this machine'])(
    'stays while a checkout borrows from it %s',
    async (where) => {
      const roots = { ...rules, worktreeRoot: world.path('others') };
      if (where.includes('another')) await noteWorktreeRoot(roots);
      const root = where.includes('another') ? 'others' : 'worktrees';
      const id = jobThat({ state: 'open' });
      await mkdir(world.path(root));
      const { path, mirror } = await jobCheckout(world, await localRepo(world), join(root, id));
      await age(dirname(mirror.dir), 400 * DAY_MS);
      expect(await paths()).toEqual([]);
      expect(existsSync(join(path, 'README.md'))).toBe(true);
    },
  );

  test('that is asked for between the plan and its removal stays', async () => {
    const repo = await localRepo(world);
    const { dir } = await bringMirrorUpToDate(world.remotes, repo);
    await age(dirname(dir), 31 * DAY_MS);
    const plan = await planGc(rules, ask);
    await bringMirrorUpToDate(world.remotes, repo);
    expect(await runGc(plan, ask)).toMatchObject([{ path: dir, removed: false }]);
    expect(existsSync(dir)).toBe(true);
  });

  test('loses the locks and halves that a killed git left an hour ago, but not while another holds it', async () => {
    const { dir } = await bringMirrorUpToDate(world.remotes, await localRepo(world));
    const left = await Promise.all(
      ['config.lock', 'objects/pack/tmp_pack_x', '../new.git'].map((name) => make(join(dir, name))),
    );
    expect(await paths()).toEqual([]);
    for (const path of left) await age(path, 2 * HOUR_MS);
    expect(await paths()).toEqual([...left].sort());
    await withLock(join(dirname(dir), 'lock'), collect);
    expect(left.map((path) => existsSync(path))).toEqual([true, true, true]);
    await collect();
    expect(left.map((path) => existsSync(path))).toEqual([false, false, false]);
  });
});

describe('a cache of setup', () => {
  const MIB = 1024 ** 2;
  const cache = (name: string, options: { days: number; bytes: number }): Promise<string> =>
    make(join(rules.dataDir, 'caches', 'repo', name), options);

  test('goes when all are too large, the least recently used first, unless it was just used', async () => {
    rules = { ...rules, maxCachesGb: 3.5 / 1024 };
    const [oldest, older] = [
      await cache('oldest', { days: 400, bytes: MIB }),
      await cache('older', { days: 3, bytes: MIB }),
    ];
    await cache('recent', { days: 2, bytes: MIB });
    await cache('new', { days: 0, bytes: 2 * MIB });
    expect(await paths()).toEqual([older, oldest].sort());
    rules = { ...rules, maxCachesGb: 1 / 1024 };
    expect(await paths()).not.toContain(join(rules.dataDir, 'caches', 'repo', 'new'));
  });

  test('stays for any time while there is room, and halves of one go', async () => {
    await cache('old', { days: 400, bytes: MIB });
    const half = await cache('.old.half', { days: 1, bytes: 1 });
    expect(await paths()).toEqual([half]);
  });
});

test('beyond the largest size caches go first, then mirrors, then event logs, then transcripts, the oldest first, and no worktree', async () => {
  const MIB = 1024 ** 2;
  const failed = jobThat({ state: 'failed', at: Date.now() });
  const open = jobThat({ state: 'open' });
  await make(join(rules.worktreeRoot, failed), { days: 9, bytes: 4 * MIB });
  await make(join(rules.dataDir, 'events', `${open}.jsonl`), { days: 9, bytes: MIB });
  const { dir } = await bringMirrorUpToDate(world.remotes, await localRepo(world));
  await make(join(dir, 'objects', 'pack', 'large.pack'), { bytes: 2 * MIB });
  const file = (kind: string, name: string, days: number): Promise<string> =>
    make(join(rules.dataDir, kind, name), { days, bytes: 2 * MIB });
  const newer = await file('events', `${randomUUID()}.jsonl`, 2);
  const older = await file('events', `${randomUUID()}.jsonl`, 3);
  const transcript = await file('transcripts', randomUUID(), 8);
  const cached = await make(join(rules.dataDir, 'caches', 'repo', 'key'), { days: 1, bytes: 2 * MIB });
  const limit = async (mib: number): Promise<string[]> => {
    rules = { ...rules, maxDataGb: mib / 1024 };
    return paths();
  };
  expect(await limit(100)).toEqual([]);
  expect(await limit(14)).toEqual([cached]);
  expect(await limit(12)).toEqual([cached, older].sort());
  expect(await limit(10)).toEqual([cached, newer, older].sort());
  // What was used within the hour may be in use before anything borrows from it.
  await age(dirname(dir), 2 * HOUR_MS);
  expect(await limit(12)).toEqual([cached, dir].sort());
  expect(await limit(0.1)).toEqual([cached, dir, newer, older, transcript].sort());
});

test('a plan removes nothing; what came into use since stays', async () => {
  const id = jobThat({ state: 'ended', at: Date.now() });
  const worktree = await make(join(rules.worktreeRoot, id));
  const plan = await planGc(rules, ask);
  fates.set(id, { state: 'open' });
  expect(await runGc(plan, ask)).toMatchObject([{ path: worktree, removed: false }]);
  expect(existsSync(worktree)).toBe(true);
});

test('what cannot be removed is told, and stops nothing else', async () => {
  const kept = await make(join(rules.dataDir, 'transcripts', randomUUID()), { days: 31 });
  const [one] = await planGc(rules, ask);
  if (one === undefined) throw new Error('nothing was planned');
  const broken = { ...one, thing: { ...one.thing, remove: () => Promise.reject(new Error('EROFS')) } };
  expect(await runGc([broken, one], ask)).toMatchObject([{ removed: false, error: 'EROFS' }, { removed: true }]);
  expect(existsSync(kept)).toBe(false);
});

test('where Temporal does not tell what became of one job, nothing is planned for any', async () => {
  await make(join(rules.worktreeRoot, jobThat({ state: 'ended', at: Date.now() })));
  const silent = await make(join(rules.worktreeRoot, randomUUID()));
  const fails: AskFate = (id) =>
    silent.endsWith(id) ? Promise.reject(new Failure('engine_unavailable', 'away')) : ask(id);
  await expect(planGc(rules, fails)).rejects.toMatchObject({ type: 'engine_unavailable' });
});
