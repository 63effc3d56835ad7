import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { join } from 'node:path';
import { packageRoot } from '../../../config/index.ts';
import { answerOf, failure, spend, type Part } from '../../support/played-host.ts';
import { until } from '../../support/until.ts';
import { bundleOf, createWorkflowWorld, shown, type WorkflowWorld } from '../../support/workflow-world.ts';

const never = new Promise<never>(() => undefined);

describe('a job', () => {
  let world: WorkflowWorld;
  let seatOnly: WorkflowBundleWithSourceMap;

  beforeAll(async () => {
    [world, seatOnly] = await Promise.all([
      createWorkflowWorld(),
      bundleOf(join(packageRoot, 'tests', 'fixtures', 'seat-workflow.ts')),
    ]);
  });
  afterEach(() => world.clear());
  afterAll(() => world.end());

  /** The agent of the first attempt meets `end`; that of the next ones goes well. */
  const firstAgent = (end: Part['runAgent']): Partial<Part> => ({
    runAgent: (step, seat) => {
      if (step.attempt === 1) return end(step, seat);
      const answer = answerOf(seat);
      return { ...answer, result: { ...answer.result, text: 'Done at last.' }, resumed: true };
    },
  });

  test('whose host falls silent runs again from its start, on the next seat', async () => {
    const host = await world.host(
      firstAgent((_step, seat) => {
        seat.silent = true;
        return never;
      }),
    );
    await world.decide();
    const job = await world.job();
    await expect(job.result()).resolves.toMatchObject({ output: 'Done at last.' });
    expect(host.seats).toHaveLength(2);
    expect(host.names().filter((name) => name === 'prepareWork')).toHaveLength(2);
    expect(host.names().filter((name) => name === 'removeWorktree')).toHaveLength(1);
    expect(await shown(job)).toMatchObject({ attempt: 2, resumed: true });
  });

  test('whose host says that it lost the seat goes on after its last event, and has paid for both agents', async () => {
    const host = await world.host(
      firstAgent((_step, seat) => {
        seat.report = { ...seat.report, seq: 41 };
        spend(seat, 2);
        seat.lose();
        return never;
      }),
    );
    await world.decide();
    const job = await world.job();
    await job.result();
    expect(host.seats.map(({ asked }) => asked.seen_seq)).toEqual([0, 41]);
    expect(await shown(job)).toMatchObject({ attempt: 2, cost_usd: 3 });
  });

  test('fails with host_lost when its hosts fall silent again and again', async () => {
    const host = await world.host({
      updateMirror: (_step, seat) => {
        seat.silent = true;
        return never;
      },
    });
    await world.decide();
    const job = await world.job({}, { input: { seat_timeout_s: 1 } });
    await expect(job.result()).rejects.toMatchObject({ cause: { type: 'host_lost' } });
    expect(host.seats).toHaveLength(5);
  });

  test('fails with expired when no host has room for it in time', async () => {
    await world.decide();
    const job = await world.job({}, { input: { ttl_s: 1 } });
    await expect(job.result()).rejects.toMatchObject({ cause: { type: 'expired' } });
  });

  test('waits for a host that is full', async () => {
    let full = true;
    const admit = (): void => {
      if (!full) return;
      full = false;
      throw failure('host_full', [], false);
    };
    const host = await world.host({}, { admit });
    await world.decide();
    const job = await world.job();
    await job.result();
    expect(full).toBe(false);
    expect(host.seats).toHaveLength(1);
  });

  test('that a host of an older version takes gets its seat from a newer one', async () => {
    const older = await world.host({}, { protocol: 0 });
    await world.decide();
    const job = await world.job();
    await until(() => older.seats.length > 0);
    await older.stop();
    const newer = await world.host();
    await job.result();
    expect(older.names()).toEqual([]);
    expect(newer.names()).toContain('runAgent');
    expect(await shown(job)).toMatchObject({ attempt: 1 });
  });

  test.each([
    ['gets one there', 'disk-2', 60],
    ['gets one elsewhere when none there has room in time', 'disk-3', 1],
  ])('that prefers a seat on one disk %s', async (_name, preferred, for_s) => {
    await world.host({}, { disk: 'disk-1' });
    await world.host({}, { disk: 'disk-2' });
    await world.decide(seatOnly);
    const request = { owner: 'local', seat_timeout_s: 2, ttl_s: 60, prefer: { disk: preferred, for_s } };
    const { disk, attempt } = (await (await world.start('takeSeat', request)).result()) as Record<string, unknown>;
    expect(attempt).toBe(1);
    expect(preferred === 'disk-3' ? ['disk-1', 'disk-2'] : [preferred]).toContain(disk);
  });
});
