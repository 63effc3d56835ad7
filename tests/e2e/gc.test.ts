import { afterEach, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { freeBytes } from '../../processes/disk-room.ts';
import { deferred } from '../../contract/shared/deferred.ts';
import { jobEnded, readJob, submit, type Product } from '../support/product.ts';
import { until } from '../support/until.ts';
import { createWorld, fixing, remains, type World } from '../support/world.ts';
import { CLI } from '../support/command.ts';

interface Item {
  kind: string;
  path: string;
  reason: string;
  removed: boolean;
}

interface Told {
  code: number;
  stdout: string;
  stderr: string;
}

let world: World;
afterEach(() => world.end());

/** What `agenticore gc` says in this world. */
function gc(args: string[] = [], env: Record<string, string> = {}): Promise<Told> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [CLI, 'gc', ...args],
      { env: { ...world.env, ...env } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

const itemsOf = ({ stdout }: Told): Item[] => (JSON.parse(stdout) as { items: Item[] }).items;
const data = (...parts: string[]): string => join(world.dir, 'data', ...parts);

/** Makes files and folders older than whatever is kept. */
async function makeOld(...paths: string[]): Promise<void> {
  const then = new Date(Date.now() - 60 * 86_400_000);
  for (const path of paths) await utimes(path, then, then);
}

/** The folder of the only mirror. */
async function mirrorHome(): Promise<string> {
  const names = (await readdir(join(world.dir, 'repos'))).filter((name) => /^[0-9a-f]{12}$/.test(name));
  return join(world.dir, 'repos', names[0] ?? '');
}

async function succeed(product: Product, task = 'fix it'): Promise<string> {
  const { id } = await submit(product.url, { task, repo_url: world.repo });
  expect((await jobEnded(() => product.url, id)).status).toBe('succeeded');
  return id;
}

describe('agenticore gc', () => {
  test('lists with --dry-run what no job needs any more, removes it without, and touches nothing of a job that runs; after it a job clones anew, whatever locks lie there', async () => {
    const { promise: held, resolve: release } = deferred();
    const fix = fixing();
    world = await createWorld({
      script: async (conversation) => {
        if (conversation.task.includes('slowly')) await held;
        return fix(conversation);
      },
    });
    const product = await world.start('serve');
    const ended = await succeed(product);
    const { id: running } = await submit(product.url, { task: 'slowly', repo_url: world.repo });
    await world.model.waitFor(({ conversation }) => conversation?.task.includes('slowly') === true);
    const home = await mirrorHome();
    await mkdir(data('jobs', ended));
    await cp(data('worktrees', running), data('worktrees', ended), { recursive: true });
    const [transcript, diff] = [data('transcripts', ended), data('diffs', `${ended}.diff`)];
    const kept = (await readdir(transcript)).map((name) => join(transcript, name));
    const [events, live] = [data('events', `${ended}.jsonl`), data('events', `${running}.jsonl`)];
    await makeOld(data('worktrees', running), data('jobs', running), live, home, transcript, ...kept, diff, events);
    const mine = [data('worktrees', ended), data('jobs', ended), transcript, diff, events];

    const dry = await gc(['--dry-run', '--json']);
    expect(
      itemsOf(dry)
        .map(({ path }) => path)
        .sort(),
    ).toEqual([...mine].sort());
    expect(mine.every((path) => existsSync(path))).toBe(true);
    const shown = await gc(['--dry-run']);
    expect(shown.stdout).toMatch(/^KIND +AGE +SIZE +REASON +PATH\n/);
    expect(shown.stderr).toMatch(/^Would delete 5 items, [\d.]+ KiB\.$/m);
    const real = await gc(['--json']);
    expect(itemsOf(real).every(({ removed }) => removed)).toBe(true);
    expect([dry.code, shown.code, real.code]).toEqual([0, 0, 0]);
    expect(mine.filter((path) => existsSync(path))).toEqual([]);

    expect(existsSync(home) && remains(world, running).length).toBe(2);
    release();
    expect((await jobEnded(() => product.url, running)).status).toBe('succeeded');
    // Nothing borrows from the old mirror any more.
    const mirror = join(home, 'repo.git');
    expect(itemsOf(await gc(['--json']))).toMatchObject([{ kind: 'mirror', path: mirror }]);
    expect((await gc()).stderr).toBe('Deleted 0 items, 0 B.\n');
    expect(existsSync(mirror)).toBe(false);
    await succeed(product, 'fix it again');
    const lock = join(mirror, 'packed-refs.lock');
    await writeFile(lock, '');
    await makeOld(lock);
    expect(itemsOf(await gc(['--json']))).toMatchObject([{ kind: 'lock', path: lock, removed: true }]);
    for (const name of ['config.lock', 'packed-refs.lock', 'HEAD.lock', join('refs', 'heads', 'main.lock')]) {
      await mkdir(dirname(join(mirror, name)), { recursive: true });
      await writeFile(join(mirror, name), '');
    }
    // Locks that a killed git left a moment ago stop no job.
    await succeed(product, 'fix it again');
  });

  test('does nothing where no Temporal answers, and says so', async () => {
    world = await createWorld({ embedded: true });
    const left = join(data('worktrees'), '00000000-0000-4000-8000-000000000000');
    await mkdir(left, { recursive: true });
    await makeOld(left);
    for (const env of [{}, { TEMPORAL_ADDRESS: '127.0.0.1:1' }]) {
      const { code, stdout, stderr } = await gc(['--json'], env);
      expect(JSON.parse(stdout)).toMatchObject({ success: false, code: 'engine_unavailable' });
      expect(stderr).toContain('error: ');
      expect(code).toBe(2);
    }
    expect(existsSync(left)).toBe(true);
  });
});

describe('a worker whose disk has less room than AGENTICORE_MIN_FREE_DISK_MB', () => {
  test('takes no job and says so; the job waits, and runs as soon as a worker has room', async () => {
    world = await createWorld();
    const api = await world.start('serve', { args: ['--no-worker'] });
    const full = await world.start('worker', { env: { AGENTICORE_MIN_FREE_DISK_MB: '1000000000' } });
    const { id } = await submit(api.url, { task: 'fix it', repo_url: world.repo });
    await until(() => full.said().includes('this worker takes no new jobs'));
    expect(await readJob(api.url, id)).toMatchObject({ status: 'queued', hosts: [] });
    const roomy = await world.start('worker');
    const job = await jobEnded(() => api.url, id);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(job.hosts).toEqual([/Worker (\S+) is ready/.exec(roomy.said())?.[1]]);
    expect(full.said().match(/takes no new jobs/g)).toHaveLength(1);
  });

  // A disk in memory, whose room nobody else changes much.
  const inMemory = existsSync('/dev/shm') ? test : test.skip;
  inMemory('gives back the job that it has just been given, and takes it when there is room again', async () => {
    const MIB = 1024 ** 2;
    const disk = await mkdtemp('/dev/shm/agenticore-test-');
    const ballast = join(disk, 'ballast');
    try {
      world = await createWorld({ env: { AGENTICORE_REPOS_ROOT: disk } });
      const least = Math.floor((await freeBytes(disk)) / MIB) - 8;
      const product = await world.start('serve', { env: { AGENTICORE_MIN_FREE_DISK_MB: String(least) } });
      await succeed(product);
      // Its polls are under way by now, and one of them brings the next job.
      await writeFile(ballast, Buffer.alloc((await freeBytes(disk)) - (least - 8) * MIB));
      const { id } = await submit(product.url, { task: 'fix it later', repo_url: world.repo });
      await until(() => product.said().includes('this worker takes no new jobs'));
      expect(await readJob(product.url, id)).toMatchObject({ status: 'queued', attempt: 0 });
      await rm(ballast);
      expect(await jobEnded(() => product.url, id)).toMatchObject({ status: 'succeeded', attempt: 1 });
      await until(() => product.said().includes('the disk has enough free space again'));
    } finally {
      await rm(disk, { recursive: true, force: true });
    }
  });
});
