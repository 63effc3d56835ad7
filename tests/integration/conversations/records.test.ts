import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecords } from '../../../api/openai/conversations/open-records.ts';
import type { Records } from '../../../api/openai/conversations/records.ts';
import { TestRedis } from '../../support/redis.ts';
import { until } from '../../support/until.ts';

let redis: TestRedis;
let dataDir: string;
const opened: Records[] = [];
beforeAll(async () => {
  redis = await TestRedis.start();
  dataDir = await mkdtemp(join(tmpdir(), 'agenticore-records-'));
});
afterAll(async () => {
  for (const records of opened) records.close();
  await redis.stop();
  await rm(dataDir, { recursive: true });
});

describe.each(['a file', 'Redis'])('what is kept of conversations, in %s,', (where) => {
  const open = (ttlS?: number): Records => {
    const redisUrl = where === 'Redis' ? redis.url : undefined;
    const records = openRecords({ redisUrl, redisKeyPrefix: 'test', dataDir }, ttlS);
    opened.push(records);
    return records;
  };

  test('is claimed by one of many at once, and read by others', async () => {
    const [one, two] = [open(60), open(60)];
    const claims = await Promise.all([1, 2, 3, 4].map((n) => (n % 2 === 0 ? one : two).claim('list', 'key', { n })));
    expect(new Set(claims.map((claim) => JSON.stringify(claim))).size).toBe(1);
    await one.put('list', 'other', { n: 9 });
    expect(await two.get('list', 'other')).toEqual({ n: 9 });
    expect(await two.read('list')).toHaveLength(2);
    expect(await two.read('none')).toEqual([]);
    expect(await two.get('none', 'key')).toBeUndefined();
  });

  test('is gone when nothing of a list has changed for the TTL, and without one stays', async () => {
    const [passing, lasting] = [open(1), open()];
    await passing.claim('short', 'key', 1);
    await lasting.put('long', 'key', 1);
    await until(async () => (await passing.read('short')).length === 0);
    expect(await passing.claim('short', 'key', 2)).toBe(2);
    expect(await lasting.get('long', 'key')).toBe(1);
  });
});
