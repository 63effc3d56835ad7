import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fixingAgent } from '../support/model/scripts.ts';
import type { Script } from '../support/model/scripted-model.ts';
import { deferred } from '../../contract/shared/deferred.ts';
import { jobEnded, jobUntil, submit, type Product } from '../support/product.ts';
import { seatsOf } from '../support/history.ts';
import { goneWith, processesWith, seenWith } from '../support/strays.ts';
import { until } from '../support/until.ts';
import { createWorld, remains, writeProfile, type World } from '../support/world.ts';

/** Number of a sleep that only this test starts; its command line says which test it is of. */
const stray = String(100_000_000 + process.pid);

const SANDBOXES = [
  ['in bubblewrap', 'code'],
  ['without a sandbox', 'bare'],
];

/** The name of the task of the current test. */
let task = '';
let tests = 0;
let world: World;
/** What the current test's agents do. */
let work: Script;
let release: () => void;

/**
 * Agents commit one.txt, start a process that leaves their session, and wait until `release` before they commit
 * two.txt.
 */
beforeEach(() => {
  const { promise: hold, resolve } = deferred();
  release = resolve;
  task = `one and two, of test ${(tests += 1)}`;
  work = fixingAgent({
    commands: [
      'echo 1 > one.txt && git add -A && git commit -q -m one',
      `env -i setsid sleep ${stray} > /dev/null 2>&1 & echo started`,
      { command: 'echo 2 > two.txt && git add -A && git commit -q -m two', hold },
    ],
  });
});

const createWorldOf = (seatTimeout: string, embedded = false): Promise<World> => {
  const env = { AGENTICORE_SEAT_TIMEOUT_S: seatTimeout };
  return createWorld({ script: (conversation) => work(conversation), embedded, env });
};

/** Submits a job and resolves when its agent waits in the middle of its work. */
async function midway(api: Product, profile = 'code'): Promise<string> {
  const { id } = await submit(api.url, { task, repo_url: world.repo, profile });
  await world.model.waitFor(
    ({ conversation }) =>
      conversation?.task.includes(task) === true && conversation.calls.filter(({ result }) => result).length === 2,
  );
  await seenWith(stray);
  return id;
}

describe('a job whose worker is killed', () => {
  let api: Product;
  const workers: Product[] = [];
  beforeAll(async () => {
    world = await createWorldOf('10');
    await writeProfile(world, 'bare', 'extends: code\nsandbox: off\n');
    api = await world.start('serve', { args: ['--no-worker'] });
  });
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.kill();
  });
  afterAll(() => world.end());

  async function startWorker(env: Record<string, string> = {}): Promise<Product> {
    const worker = await world.start('worker', { env });
    workers.push(worker);
    return worker;
  }

  test.each(SANDBOXES)(
    'goes on in its session when the worker comes back, %s: no commit twice, no process left',
    async (_name, profile) => {
      const worker = await startWorker();
      const id = await midway(api, profile);
      await worker.kill();
      await goneWith(stray);
      release();
      await startWorker();
      const job = await jobEnded(() => api.url, id);
      expect(job).toMatchObject({
        status: 'succeeded',
        attempt: 2,
        resumed: true,
        branch: `agenticore-${id.slice(0, 8)}`,
      });
      expect(await world.commits(job.branch ?? '')).toEqual(['two', 'one']);
      expect(processesWith(id)).toEqual([]);
      expect(remains(world, id)).toEqual([]);
    },
  );

  test('goes on in its session on another worker that shares the data directory', async () => {
    const first = await startWorker();
    const id = await midway(api);
    await startWorker();
    await first.kill();
    release();
    const job = await jobEnded(() => api.url, id);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 2, resumed: true });
    expect(new Set(job.hosts).size).toBe(2);
    expect(await world.commits(job.branch ?? '')).toEqual(['two', 'one']);
  });

  test('starts over on another worker with a data directory of its own', async () => {
    const first = await startWorker(elsewhere('first'));
    const id = await midway(api);
    await startWorker(elsewhere('second'));
    await first.kill();
    release();
    const job = await jobEnded(() => api.url, id);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 2, resumed: false });
    expect(await world.commits(job.branch ?? '')).toEqual(['two', 'one']);
  });

  test('works again on the disk where it began, when what another one came to is lost there before its push', async () => {
    const hold = join(world.repo, 'hold');
    await writeFile(hold, '');
    await writeFile(join(world.repo, 'hooks', 'pre-receive'), '#!/bin/sh\nwhile test -e hold; do sleep 0.1; done\n', {
      mode: 0o755,
    });
    const first = await startWorker(elsewhere('first'));
    const id = await midway(api);
    await first.kill();
    const second = await startWorker(elsewhere('second'));
    release();
    await jobUntil(
      () => api.url,
      id,
      ({ stage }) => stage === 'delivering',
    );
    await second.kill();
    await rm(hold);
    await startWorker(elsewhere('first'));
    const job = await jobEnded(() => api.url, id);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 3, resumed: true });
    expect(await world.commits(job.branch ?? '')).toEqual(['two', 'one']);
  });

  /** The environment of a worker on another disk. */
  const elsewhere = (name: string): Record<string, string> => ({
    AGENTICORE_DATA_DIR: join(world.dir, name),
    AGENTICORE_REPOS_ROOT: join(world.dir, name, 'repos'),
  });
});

describe('a job whose worker is killed', () => {
  afterEach(() => world.end());

  test('and the server with it, is listed and goes on after the next start, within and after the seat timeout', async () => {
    world = await createWorldOf('10', true);
    let product = await world.start('serve');
    const id = await midway(product);
    await product.kill();
    product = await world.start('serve');
    expect(
      (
        await jobUntil(
          () => product.url,
          id,
          () => true,
        )
      ).status,
    ).toBe('running');
    await jobUntil(
      () => product.url,
      id,
      ({ attempt }) => attempt === 2,
    );
    await world.model.waitFor(({ conversation }) => conversation?.latest.includes('interrupted') === true);
    await product.kill();
    await until(async () => (await seatsOf(world.temporal(), id)).timedOut === 2);
    product = await world.start('serve');
    release();
    const job = await jobEnded(() => product.url, id);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 3, resumed: true });
    expect(await world.commits(job.branch ?? '')).toEqual(['two', 'one']);
  });

  test('goes on elsewhere at once when the worker is told to stop, which it does without waiting for the agent', async () => {
    world = await createWorldOf('60');
    const api = await world.start('serve', { args: ['--no-worker'] });
    const first = await world.start('worker');
    const id = await midway(api);
    await world.start('worker');
    await first.stop();
    expect(first.child.exitCode).toBe(0);
    expect(processesWith(stray)).toHaveLength(0);
    release();
    const job = await jobEnded(() => api.url, id);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 2, resumed: true });
    expect(await world.commits(job.branch ?? '')).toEqual(['two', 'one']);
  });
});
