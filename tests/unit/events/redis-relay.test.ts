import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { Redis } from 'ioredis';
import { RedisRelay } from '../../../events/redis-relay.ts';
import { needs, programFile } from '../../support/needs.ts';
import { TestRedis } from '../../support/redis.ts';

const withRedis = needs('redis-server');
let redis: TestRedis;
beforeAll(async () => {
  if (programFile('redis-server') !== undefined) redis = await TestRedis.start();
});
afterAll(async () => (redis as TestRedis | undefined)?.stop());

withRedis('a run is published block by block as agentihooks does it, in a stream that ends and expires', async () => {
  const relay = new RedisRelay({ url: redis.url, prefix: 'agenticore' });
  const session = randomUUID();
  relay.publish(session, 2, [
    { type: 'thinking_delta', text: 'I th' },
    { type: 'thinking', text: 'I think.' },
    { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command: 'ls' }, parent_id: null },
    { type: 'tool_result', id: 'toolu_1', is_error: false, content: 'a.txt', truncated_bytes: 0 },
  ]);
  relay.publish(session, 2, [{ type: 'text', text: 'All done.' }]);
  const failure = { status: 'failed', code: 'agent_stopped', message: 'gone' } as const;
  relay.publish(session, 2, [{ type: 'run_ended', result: failure }]);
  await relay.close();
  const client = new Redis(redis.url);
  const key = `agenticore:events:${session}.2`;
  const entries = (await client.xrange(key, '-', '+')).map(([, fields]) =>
    Object.fromEntries(
      Array.from({ length: fields.length / 2 }, (_, at): [string, string] => [
        fields[2 * at] ?? '',
        fields[2 * at + 1] ?? '',
      ]),
    ),
  );
  const ttl = await client.ttl(key);
  client.disconnect();
  expect(entries.map(({ event_type, content }) => [event_type, content])).toEqual([
    ['thinking', 'I think.'],
    ['tool_use', '{"id":"toolu_1","name":"Bash","input":{"command":"ls"}}'],
    ['tool_result', '{"tool_use_id":"toolu_1","is_error":false,"output":"a.txt"}'],
    ['assistant_text', 'All done.'],
    ['done', ''],
  ]);
  expect(entries[0]).toMatchObject({ session_id: session, correlation_id: `${session}.2`, ts: expect.any(String) });
  expect(ttl).toBeGreaterThan(3_500);
});

withRedis('publishing to a Redis that is gone costs nothing', async () => {
  const gone = await TestRedis.start();
  const relay = new RedisRelay({ url: gone.url, prefix: 'agenticore' });
  await gone.stop();
  relay.publish(randomUUID(), 1, [{ type: 'text', text: 'unheard' }]);
  await expect(relay.close()).resolves.toBeUndefined();
});
