import { afterEach, describe, expect, test } from '@jest/globals';
import { deferred } from '../../contract/shared/deferred.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import { identitiesOf } from '../support/history.ts';
import { jobEnded, jobUntil, readJob, submit, type Product } from '../support/product.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.end());

const only = (part: string, env: Record<string, string> = {}): { args: string[]; env: Record<string, string> } => ({
  args: ['--only', part],
  env,
});

const nameOf = (worker: Product): string => /Worker (\S+) is ready/.exec(worker.said())?.[1] ?? '';

test('a job is decided by the worker of the workflows and worked on by the host, each a process of its own', async () => {
  world = await createWorld();
  const api = await world.start('serve', { args: ['--no-worker'] });
  const workflows = await world.start('worker', only('workflows'));
  const { id } = await submit(api.url, { task: 'fix it', repo_url: world.repo });
  await until(async () => (await identitiesOf(world.temporal(), id)).deciders.length > 0);
  expect(await readJob(api.url, id)).toMatchObject({ status: 'queued', hosts: [] });
  const host = await world.start('worker', only('host'));
  const job = await jobEnded(() => api.url, id);
  expect(job).toMatchObject({ status: 'succeeded', hosts: [nameOf(host)] });
  expect(await world.commits(job.branch ?? '')).toEqual(['fix it']);
  expect(await identitiesOf(world.temporal(), id)).toEqual({ deciders: [nameOf(workflows)], workers: [nameOf(host)] });
});

describe('the probes of a worker', () => {
  const probe = async (worker: Product, path: string): Promise<{ status: number; body: unknown }> => {
    const [, root = ''] = /probes at (http:\S+)\/health\/ready/.exec(worker.said()) ?? [];
    const response = await fetch(`${root}/health/${path}`);
    return { status: response.status, body: await response.json() };
  };
  const ready = { status: 200, body: { status: 'ready' } };
  const live = { status: 200, body: { status: 'live' } };
  const notReady = (reason: string): object => ({ status: 503, body: { status: 'not_ready', reasons: [reason] } });

  test('say that it is ready while Temporal answers, and that it lives without', async () => {
    world = await createWorld({ embedded: true });
    const api = await world.start('serve', { args: ['--no-worker'] });
    const worker = await world.start('worker', only('workflows', { AGENTICORE_PROBE_PORT: '0' }));
    expect(await probe(worker, 'ready')).toEqual(ready);
    expect(await probe(worker, 'live')).toEqual(live);
    await api.stop();
    expect(await probe(worker, 'ready')).toEqual(notReady('Temporal does not answer'));
    expect(await probe(worker, 'live')).toEqual(live);
  });

  test('say that it takes no work while its jobs are drained', async () => {
    const { promise: hold, resolve: release } = deferred();
    world = await createWorld({ script: fixingAgent({ commands: [{ command: 'true', hold }] }) });
    const api = await world.start('serve', { args: ['--no-worker'] });
    const worker = await world.start('worker', { env: { AGENTICORE_PROBE_PORT: '0' } });
    const { id } = await submit(api.url, { task: 'wait', repo_url: world.repo });
    await jobUntil(
      () => api.url,
      id,
      ({ stage }) => stage === 'running_agent',
    );
    expect(await probe(worker, 'ready')).toEqual(ready);
    worker.child.kill('SIGTERM');
    await until(async () => (await probe(worker, 'ready')).status === 503);
    expect(await probe(worker, 'ready')).toEqual(notReady('draining'));
    expect(await probe(worker, 'live')).toEqual(live);
    release();
  });
});
