import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import { agenticore } from '../support/command.ts';
import { call, jobEnded, readJob, readUntil, submit, type Product } from '../support/product.ts';
import { goneWith, processesWith, seenWith } from '../support/strays.ts';
import { until } from '../support/until.ts';
import { createWorld, remains, type World } from '../support/world.ts';

const stray = String(200_000_000 + process.pid);
const agentThatHangs = fixingAgent({
  commands: [
    `setsid sleep ${stray} > /dev/null 2>&1 & echo started`,
    { command: 'true', hold: new Promise(() => undefined) },
  ],
});

/** How a job is cancelled: by the API, or by anybody who may speak to Temporal. */
const WAYS = {
  'DELETE /jobs/:id': async (world: World, { url }: Product, id: string) => {
    const { status } = await call(url, `/jobs/${id}`, { method: 'DELETE' });
    expect([200, 202]).toContain(status);
  },
  'temporal workflow cancel': async ({ env }: World, _product: Product, id: string) => {
    await agenticore(env, 'temporal', 'workflow', 'cancel', '--workflow-id', id);
  },
};

let world: World;

describe.each(Object.entries(WAYS))('%s', (_name, cancel) => {
  let product: Product;
  beforeAll(async () => {
    world = await createWorld({ script: agentThatHangs });
    product = await world.start('serve');
  });
  afterAll(() => world.end());

  test('stops the agent and what its tools started in sessions of their own, and leaves no worktree', async () => {
    const { id } = await submit(product.url, { task: 'hang', repo_url: world.repo });
    await seenWith(stray);
    await cancel(world, product, id);
    const job = await jobEnded(() => product.url, id);
    expect(job).toMatchObject({ status: 'cancelled', branch: null });
    expect(processesWith(stray)).toEqual([]);
    expect(processesWith(id)).toEqual([]);
    expect(remains(world, id)).toEqual([]);
    expect(await world.branches()).toEqual(['main']);
  });

  test('at once after the submit keeps the agent from starting, and it stays cancelled', async () => {
    const { id } = await submit(product.url, { task: 'hang', repo_url: world.repo });
    await cancel(world, product, id);
    expect((await jobEnded(() => product.url, id)).status).toBe('cancelled');
    const next = await submit(product.url, { task: 'hang after it', repo_url: world.repo });
    await world.model.waitFor(({ conversation }) => conversation?.task.includes('hang after it') === true);
    expect(await readJob(product.url, id)).toMatchObject({ status: 'cancelled' });
    expect(remains(world, id)).toEqual([]);
    expect(next.id).not.toBe(id);
  });
});

describe('DELETE /jobs/:id', () => {
  let api: Product;
  beforeAll(async () => {
    world = await createWorld({ script: agentThatHangs });
    api = await world.start('serve', { args: ['--no-worker'] });
  });
  afterAll(() => world.end());

  test('with no worker running shows cancelling and then cancelled', async () => {
    const { id } = await submit(api.url, { task: 'never run', repo_url: world.repo });
    const { body } = await call<{ job: JobRecord }>(api.url, `/jobs/${id}`, { method: 'DELETE' });
    expect(body.job.status).toBe('cancelling');
    expect((await jobEnded(() => api.url, id)).status).toBe('cancelled');
    await readUntil<{ jobs: JobRecord[] }>(api.url, '/jobs?status=cancelled', ({ jobs }) => jobs.length === 1);
  });

  test('of a job whose worker was killed ends it, and the next worker clears what it left', async () => {
    const worker = await world.start('worker');
    const { id } = await submit(api.url, { task: 'hang', repo_url: world.repo });
    await seenWith(stray);
    await worker.kill();
    await goneWith(stray);
    await call(api.url, `/jobs/${id}`, { method: 'DELETE' });
    expect((await jobEnded(() => api.url, id)).status).toBe('cancelled');
    expect(remains(world, id)).not.toEqual([]);
    await world.start('worker');
    await until(() => remains(world, id).length === 0);
  });
});
