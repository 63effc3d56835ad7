import { afterEach, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { join } from 'node:path';
import { call, jobEnded, submit, type Product } from '../support/product.ts';
import { needs } from '../support/needs.ts';
import { TestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.end());

interface Page {
  code?: string;
  next_step?: string;
  events?: { event: { type: string } }[];
}

/** Runs a job on a worker whose disk is not the API's, and reads its events from the API. */
async function eventsFromElsewhere(
  env: Record<string, string> = {},
): Promise<{ status: number; body: Page; id: string }> {
  world = await createWorld({ env });
  const api: Product = await world.start('serve', { args: ['--no-worker'] });
  await world.start('worker', { env: { AGENTICORE_DATA_DIR: join(world.dir, 'elsewhere') } });
  const { id } = await submit(api.url, { task: 'fix it', repo_url: world.repo });
  expect((await jobEnded(() => api.url, id)).status).toBe('succeeded');
  return { ...(await call<Page>(api.url, `/jobs/${id}/events?limit=1000`)), id };
}

test('events on the disk of another host are refused with what would help', async () => {
  const { status, body } = await eventsFromElsewhere();
  expect(status).toBe(409);
  expect(body).toMatchObject({ code: 'events_on_other_host', next_step: expect.stringContaining('REDIS_URL') });
});

needs('redis-server')('events in Redis are read from every host, and the job stands there as a hash', async () => {
  const redis = await TestRedis.start();
  const reader = new Redis(redis.url);
  try {
    const { status, body, id } = await eventsFromElsewhere({ REDIS_URL: redis.url });
    expect(status).toBe(200);
    expect(body.events?.map(({ event }) => event.type)).toEqual(
      expect.arrayContaining(['started', 'tool_use', 'run_ended', 'ended']),
    );
    const key = `agenticore:job:${id}`;
    const hash = await until(async () => {
      const found = await reader.hgetall(key);
      return found.status === 'succeeded' && found;
    });
    expect(hash).toMatchObject({
      ...{ id, task: 'fix it', repo_url: world.repo, profile: 'code', mode: 'fire_and_forget', ttl_seconds: '86400' },
      ...{ stage: 'shipping_transcript', output: 'All done.', branch: `agenticore-${id.slice(0, 8)}` },
      ...{ created_at: expect.any(String), started_at: expect.any(String), ended_at: expect.any(String) },
    });
    expect(Object.keys(hash)).not.toContain('error');
    expect(await reader.ttl(key)).toBeGreaterThan(80_000);
  } finally {
    reader.disconnect();
    await redis.stop();
  }
});
