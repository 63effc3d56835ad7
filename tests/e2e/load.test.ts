import { afterEach, expect, test } from '@jest/globals';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { deferred } from '../../contract/shared/deferred.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import { createBareRepo } from '../support/sample-repo.ts';
import { startGitServer, type GitServer } from '../support/git-server.ts';
import { call, jobEnded, readUntil, submit } from '../support/product.ts';
import { seatsOf } from '../support/history.ts';
import { until } from '../support/until.ts';
import { createWorld, fixing, type World } from '../support/world.ts';

/** How long that many jobs may take on a machine that is busy with something else (milliseconds). */
const LONG = 900_000;

let world: World;
let server: GitServer | undefined;
afterEach(async () => {
  await world.end();
  await server?.close();
});

test(
  'of 9 jobs at once on one repository with 3 seats all succeed, and never more than 3 agents run',
  async () => {
    const running = new Set<string>();
    let most = 0;
    const { promise: threeAtOnce, resolve: go } = deferred();
    world = await createWorld({
      script: async (conversation) => {
        running.add(conversation.session);
        most = Math.max(most, running.size);
        if (most >= 3) go();
        await threeAtOnce;
        const reply = await fixing()(conversation);
        if (!Array.isArray(reply)) running.delete(conversation.session);
        return reply;
      },
    });
    const product = await world.start('serve');
    const submitted = await Promise.all(
      Array.from({ length: 9 }, (_, n) => submit(product.url, { task: `job ${n}`, repo_url: world.repo })),
    );
    const jobs = await Promise.all(submitted.map(({ id }) => jobEnded(() => product.url, id)));
    expect(jobs.map(({ status, error }) => error ?? status)).toEqual(Array(9).fill('succeeded'));
    expect(most).toBe(3);
    expect(new Set(jobs.map(({ branch }) => branch)).size).toBe(9);
    for (const { branch } of jobs) expect(await world.commits(branch ?? '')).toEqual(['fix it']);
    await readUntil<{ count: number }>(product.url, '/jobs?limit=100&status=succeeded', ({ count }) => count === 9);
  },
  LONG,
);

test('jobs start in the order in which they came to wait for a seat', async () => {
  const { promise: hold, resolve: release } = deferred();
  const script = fixingAgent({ commands: [{ command: 'true', hold }] });
  world = await createWorld({ script });
  const product = await world.start('serve');
  const submitted: JobRecord[] = [];
  for (let n = 0; n < 6; n++) {
    const job = await submit(product.url, { task: `job ${n}` });
    await until(async () => (await seatsOf(world.temporal(), job.id)).asked > 0);
    submitted.push(job);
  }
  release();
  const jobs = await Promise.all(submitted.map(({ id }) => jobEnded(() => product.url, id)));
  const byStart = [...jobs].sort((a, b) => (a.started_at ?? '').localeCompare(b.started_at ?? ''));
  expect(byStart.map(({ task }) => task)).toEqual(jobs.map(({ task }) => task));
});

test('/health answers while a git remote hangs and all seats are taken', async () => {
  const { promise: hold, resolve: release } = deferred();
  const script = fixingAgent({ commands: [{ command: 'true', hold }] });
  server = await startGitServer(tmpdir());
  world = await createWorld({
    script,
    env: { AGENTICORE_ALLOWED_REPO_HOSTS: server.host, AGENTICORE_MAX_PARALLEL_JOBS: '4' },
  });
  await createBareRepo(join(world.dir, 'slow.git'));
  const product = await world.start('serve');
  const busy = await Promise.all([1, 2, 3].map((n) => submit(product.url, { task: `busy ${n}` })));
  for (const n of [1, 2, 3])
    await world.model.waitFor(({ conversation }) => conversation?.task.includes(`busy ${n}`) === true);
  const { hanging, resume } = server.hang();
  const slow = await submit(product.url, { task: 'slow', repo_url: server.url(`${basename(world.dir)}/slow.git`) });
  await hanging;
  for (let n = 0; n < 200; n++) expect((await call(product.url, '/health')).status).toBe(200);
  expect((await call<{ job: JobRecord }>(product.url, `/jobs/${slow.id}`)).body.job.stage).toBe('updating_mirror');
  const cancelled = await call<{ job: JobRecord }>(product.url, `/jobs/${slow.id}`, { method: 'DELETE' });
  expect(cancelled.status).toBe(202);
  expect((await jobEnded(() => product.url, slow.id)).status).toBe('cancelled');
  resume();
  release();
  for (const { id } of busy) expect((await jobEnded(() => product.url, id)).status).toBe('succeeded');
});

test('a job that no seat gets free for in time is expired, and says what to do', async () => {
  const { promise: hold, resolve: release } = deferred();
  const script = fixingAgent({ commands: [{ command: 'true', hold }] });
  world = await createWorld({ script, env: { AGENTICORE_MAX_PARALLEL_JOBS: '1' } });
  const product = await world.start('serve');
  const impatient = await world.start('serve', { args: ['--no-worker'], env: { AGENTICORE_JOB_TTL: '2' } });
  const first = await submit(product.url, { task: 'first' });
  await world.model.waitFor(({ conversation }) => conversation !== null);
  const late = await jobEnded(() => product.url, (await submit(impatient.url, { task: 'late' })).id);
  expect(late).toMatchObject({
    status: 'expired',
    error_code: 'expired',
    next_step: expect.stringContaining('AGENTICORE_JOB_TTL'),
    started_at: null,
  });
  const list = await readUntil<{ jobs: JobRecord[] }>(
    product.url,
    '/jobs?status=expired',
    ({ jobs }) => jobs.length > 0,
  );
  expect(list.jobs.map(({ id }) => id)).toEqual([late.id]);
  release();
  expect((await jobEnded(() => product.url, first.id)).status).toBe('succeeded');
});
