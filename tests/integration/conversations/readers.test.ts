import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RedisRecords } from '../../../api/openai/conversations/redis-records.ts';
import { Readers, type ReadRun } from '../../../api/openai/conversations/readers.ts';
import { TestRedis } from '../../support/redis.ts';
import { until } from '../../support/until.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await TestRedis.start();
});
afterAll(() => redis.stop());

const run = (name: string, is_task = false): ReadRun => ({ run_id: `${name}.1`, owner: 'alice', is_task });

test('servers know of each other who reads what; a run that ends with its client is given up by any of them', async () => {
  const records = [1, 2].map(() => new RedisRecords(redis.url, 'test', 60));
  const given: string[] = [];
  const [one, other] = records.map(
    (each) =>
      new Readers({
        records: each,
        giveUp: ({ run_id }) => Promise.resolve(given.push(run_id) > 0),
        log: { warn: () => undefined },
      }),
  ) as [Readers, Readers];
  await one.joined(run('talk'));
  await one.joined(run('talk'));
  await other.joined(run('title', true));
  await one.left('talk.1');
  expect([await one.lost(), await other.lost()]).toEqual([new Set(), new Set()]);
  await one.left('talk.1');
  expect(await other.lost()).toEqual(new Set(['talk.1']));
  await other.joined(run('talk'));
  expect(await one.lost()).toEqual(new Set());
  await other.done('talk.1');
  await other.left('title.1');
  void one.watch();
  await until(async () => (await other.lost()).size === 0);
  expect(given).toEqual(['title.1']);
  for (const each of [one, other, ...records]) each.close();
});
