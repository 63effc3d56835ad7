import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { deferred } from '../../../contract/shared/deferred.ts';
import { SEAT_TAKEN } from '../../../contract/workflow/names.ts';
import type { PauseStep } from '../../../contract/workflow/steps.ts';
import { answerOf, failure, spend, type Part, type PlayedHost } from '../../support/played-host.ts';
import { until } from '../../support/until.ts';
import { createWorkflowWorld, shown, type WorkflowWorld } from '../../support/workflow-world.ts';

/**
 * An agent that meets the model's limit, which the provider says is over, until attempt `last`. Each run costs a
 * dollar.
 */
const limitedUntil = (last: number, retry_after_ms = 0): Partial<Part> => ({
  runAgent: ({ attempt }, seat) => {
    if (attempt >= last) return answerOf(seat);
    spend(seat, 1);
    throw failure('rate_limited', [{ retry_after_ms }], false);
  },
});

describe("a job that meets the model's limit", () => {
  let world: WorkflowWorld;

  beforeAll(async () => {
    world = await createWorkflowWorld();
  });
  afterEach(() => world.clear());
  afterAll(() => world.end());

  /** Seconds that each pause was to last, from when it was begun. */
  async function pauses(host: PlayedHost, job: WorkflowHandle): Promise<number[]> {
    const { events } = await job.fetchHistory();
    const begun = (events ?? [])
      .filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'pauseJob')
      .map(({ eventTime }) => Number(eventTime?.seconds) * 1_000 + (eventTime?.nanos ?? 0) / 1e6);
    const ends = host.calls.filter(({ name }) => name === 'pauseJob').map(({ step }) => (step as PauseStep).until);
    return ends.map((end, index) => Math.round((Date.parse(end) - (begun[index] ?? 0)) / 1_000));
  }

  test('waits longer each time that the provider calls it over too soon, and pays for every agent', async () => {
    const host = await world.host(limitedUntil(3));
    await world.decide();
    const job = await world.job();
    await job.result();
    expect(await pauses(host, job)).toEqual([1, 2]);
    expect(await shown(job)).toMatchObject({ attempt: 3, cost_usd: 3, waiting_until: null });
    expect(host.names().filter((name) => name === 'removeWorktree')).toHaveLength(1);
  });

  test('fails with rate_limited and keeps its work when it has waited for as long as a job may', async () => {
    const host = await world.host(limitedUntil(100));
    await world.decide();
    const job = await world.job({}, { input: { ttl_s: 2 } });
    await expect(job.result()).rejects.toMatchObject({ cause: { type: 'rate_limited' } });
    expect(host.names().filter((name) => name === 'pauseJob')).toHaveLength(1);
    expect(host.calls.at(-1)).toMatchObject({ name: 'removeWorktree', step: { keep: true, status: 'failed' } });
    expect(await shown(job)).toMatchObject({ cost_usd: 2, error: { code: 'rate_limited' } });
  });

  test('fails with rate_limited when its history is so long that Temporal would end it', async () => {
    const isLong = deferred();
    const host = await world.host({
      runAgent: async () => {
        await isLong.promise;
        throw failure('rate_limited', [], false);
      },
    });
    await world.decide();
    const job = await world.job();
    await until(() => host.names().includes('runAgent'));
    // The server of the tests suggests another run after 500 events.
    for (let count = 0; count < 600; count += 100)
      await Promise.all(Array.from({ length: 100 }, () => job.signal(SEAT_TAKEN, { asking: 0 })));
    isLong.resolve();
    await expect(job.result()).rejects.toMatchObject({ cause: { type: 'rate_limited' } });
    expect(host.names()).not.toContain('pauseJob');
  });

  test('goes on where its files are', async () => {
    const hosts = [
      await world.host(limitedUntil(2), { disk: 'disk-1' }),
      await world.host(limitedUntil(2), { disk: 'disk-2' }),
    ];
    await world.decide();
    await (await world.job()).result();
    expect(hosts.map(({ seats }) => seats.length).sort()).toEqual([0, 2]);
  });

  test('has its files removed when it is cancelled while it waits', async () => {
    const host = await world.host(limitedUntil(2, 3_600_000), { disk: 'disk-1' });
    await world.decide();
    const job = await world.job({}, { input: { ttl_s: 7_200 } });
    await until(async () => host.names().includes('pauseJob') && (await shown(job)).cost_usd === 1);
    await job.cancel();
    await expect(job.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(host.names().at(-1)).toBe('dropWorktree');
  });
});
