import { afterEach, describe, expect, test } from '@jest/globals';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import type { Reply } from '../support/model/reply.ts';
import type { Script } from '../support/model/scripted-model.ts';
import { call, jobEnded, jobUntil, submit, type Product } from '../support/product.ts';
import { createWorld, remains, type World } from '../support/world.ts';

/**
 * What the provider says when the limit ends in `seconds`. The CLI itself would wait for so long, were `retry-after`
 * not longer.
 */
const limit = (seconds: number): Reply => ({
  status: 429,
  error: `usage limit reached|${Math.floor(Date.now() / 1_000) + seconds}`,
  headers: { 'retry-after': '3600' },
});

/**
 * Agents commit one.txt, meet a limit of `seconds`, or of an hour where the task says so, and commit two.txt when they
 * are back; without a limit where the task is `other`.
 */
function limitedFor(seconds: number): Script {
  const [one, two] = ['one', 'two'].map((name) => `echo > ${name}.txt && git add -A && git commit -q -m ${name}`);
  const agent = fixingAgent({ commands: [one ?? '', two ?? ''] });
  return (conversation) => {
    const { calls, latest, task } = conversation;
    const isLimited = !task.includes('other') && calls.length === 1 && !latest.includes('interrupted');
    return isLimited ? limit(task.includes('an hour') ? 3_600 : seconds) : agent(conversation);
  };
}

describe("a job that meets the model's limit", () => {
  let world: World;
  let api: Product;
  const waiting = (id: string): Promise<JobRecord> =>
    jobUntil(
      () => api.url,
      id,
      ({ stage }) => stage === 'waiting_for_model',
    );

  const begin = async (script: Script, env: Record<string, string> = {}): Promise<void> => {
    world = await createWorld({ script, env: { AGENTICORE_MAX_PARALLEL_JOBS: '1', ...env } });
    api = await world.start('serve');
  };
  afterEach(() => world.end());

  test('gives its seat to another job, and goes on in its session when the limit ends; cancelled while it waits, it leaves nothing', async () => {
    await begin(limitedFor(8));
    const limited = await submit(api.url, { task: 'one and two', repo_url: world.repo });
    const other = await submit(api.url, { task: 'the other job', repo_url: world.repo });
    const { waiting_until, status, error } = await waiting(limited.id);
    expect([status, error]).toEqual(['running', null]);
    const between = await jobEnded(() => api.url, other.id);
    expect(between).toMatchObject({ status: 'succeeded', attempt: 1 });
    const job = await jobEnded(() => api.url, limited.id);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 2, resumed: true, waiting_until: null });
    expect(await world.commits(job.branch ?? '')).toEqual(['two', 'one']);
    // Both agents were answered three times: the record counts what was before the limit, too.
    expect(job.usage).toEqual(between.usage);
    expect(Date.parse(job.ended_at ?? '')).toBeGreaterThan(Date.parse(waiting_until ?? ''));
    expect(Date.parse(job.ended_at ?? '')).toBeGreaterThan(Date.parse(between.ended_at ?? ''));
    const { body } = await call<{ events: { event: object }[] }>(api.url, `/jobs/${limited.id}/events?limit=500`);
    expect(body.events.map(({ event }) => event)).toContainEqual(
      expect.objectContaining({ type: 'waiting', until: waiting_until, reason: expect.stringContaining('limit') }),
    );

    const { id } = await submit(api.url, { task: 'one and two in an hour', repo_url: world.repo });
    expect((await waiting(id)).worktree_path).not.toBeNull();
    await call(api.url, `/jobs/${id}`, { method: 'DELETE' });
    const cancelled = await jobEnded(() => api.url, id);
    expect(cancelled).toMatchObject({ status: 'cancelled', worktree_path: null, branch: null });
    expect(remains(world, id)).toEqual([]);
  });

  test('still waits after its server was killed, and goes on then', async () => {
    await begin(limitedFor(12), { AGENTICORE_SEAT_TIMEOUT_S: '10' });
    const { id } = await submit(api.url, { task: 'one and two', repo_url: world.repo });
    await waiting(id);
    await api.kill();
    api = await world.start('serve');
    const job = await jobEnded(() => api.url, id);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 2, resumed: true });
    expect(await world.commits(job.branch ?? '')).toEqual(['two', 'one']);
  });

  test('fails with its work kept when the limit outlasts AGENTICORE_JOB_TTL', async () => {
    await begin(limitedFor(3_600), { AGENTICORE_JOB_TTL: '1800' });
    const { id } = await submit(api.url, { task: 'one and two', repo_url: world.repo });
    const job = await jobEnded(() => api.url, id);
    expect(job).toMatchObject({ status: 'failed', error_code: 'rate_limited', error_stage: 'running_agent' });
    expect(job.worktree_path).not.toBeNull();
    expect(remains(world, id)).not.toEqual([]);
  });
});
