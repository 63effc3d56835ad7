import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { Redis } from 'ioredis';
import { RedisLog } from '../../../events/redis-log.ts';
import type { RedisLogOptions } from '../../../events/redis-log.ts';
import { needs, programFile } from '../../support/needs.ts';
import { freePort } from '../../support/free-port.ts';
import { TestRedis } from '../../support/redis.ts';
import { until } from '../../support/until.ts';
import { delta, describeEventLog, range, seqs, take, text, texts } from './event-log.contract.ts';

const withRedis = needs('redis-server');
const signal = new AbortController().signal;
const prefix = `test-${randomUUID()}`;
const unavailable = expect.objectContaining({ type: 'events_unavailable' });
let redis: TestRedis;

beforeAll(async () => {
  if (programFile('redis-server') !== undefined) redis = await TestRedis.start();
});
afterAll(async () => {
  await Promise.all(opened.map((log) => log.close()));
  await (redis as TestRedis | undefined)?.stop();
});

const opened: RedisLog[] = [];
function open(options: Partial<RedisLogOptions> = {}): RedisLog {
  const log = new RedisLog({ url: redis.url, prefix, ...options });
  opened.push(log);
  return log;
}

describeEventLog(withRedis, open);

async function raw<T>(use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(redis.url);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

/** A relay to Redis; while `cut` answers true for what a client sent, the reply is lost and the connection ends. */
async function relay(cut: (sent: string) => boolean): Promise<{ url: string; server: Server }> {
  const server = createServer((client: Socket) => {
    const upstream = connect(redis.port, '127.0.0.1');
    let lost = false;
    client.on('data', (sent) => {
      lost ||= cut(sent.toString());
      upstream.write(sent);
    });
    upstream.on('data', (reply) => {
      if (lost) client.destroy();
      else client.write(reply);
    });
    for (const [one, other] of [[client, upstream] as const, [upstream, client] as const]) {
      one.on('error', () => undefined).on('close', () => other.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

withRedis('keys have the prefix and an expiry', async () => {
  const log = open({ ttlS: 1_000 });
  await log.append('keys', texts(1, 1));
  const ttls = await raw((client) =>
    Promise.all([client.ttl(`${prefix}:events:keys`), client.ttl(`${prefix}:events:keys:state`)]),
  );
  expect(ttls[0]).toBeGreaterThan(900);
  expect(ttls[1]).toBeGreaterThan(1_000);
});

withRedis('a stream that grew too long reads with a gap for what was dropped, and only there', async () => {
  const log = open({ maxEvents: 200 });
  for (const n of range(0, 9)) await log.append('long', texts(n * 100 + 1, n * 100 + 100));
  const read = await log.read('long', 0, 2_000);
  const first = read[0];
  if (first?.event.type !== 'gap') throw new Error('no gap');
  expect(first).toMatchObject({ seq: first.event.to, event: { from: 1 } });
  expect(first.event.to).toBeGreaterThanOrEqual(600);
  expect(seqs(read.slice(1))).toEqual(range(first.event.to + 1, 1_000));
  expect(seqs(await log.read('long', first.event.to, 5))).toEqual(range(first.event.to + 1, first.event.to + 5));
  expect(seqs(await take(log.tail('long', 950, signal), 50))).toEqual(range(951, 1_000));
});

withRedis('a stream that expired reads as a gap, and its numbers go on', async () => {
  const log = open();
  await log.append('expired', texts(1, 5));
  await raw((client) => client.del(`${prefix}:events:expired`));
  expect(await log.read('expired', 0, 10)).toMatchObject([{ seq: 5, event: { type: 'gap', from: 1, to: 5 } }]);
  expect(await log.read('expired', 5, 10)).toEqual([]);
  expect(await open().append('expired', texts(6, 6))).toBe(6);
  const read = await log.read('expired', 2, 10);
  expect(read).toMatchObject([{ seq: 5, event: { type: 'gap', from: 3, to: 5 } }, { seq: 6 }]);
});

withRedis('a Redis that forgot everything is told as a gap by the writer, and no number is given twice', async () => {
  const log = open();
  await log.append('forgotten', texts(1, 5));
  await raw((client) => client.flushall());
  expect(await log.append('forgotten', texts(6, 6))).toBe(6);
  expect(await log.read('forgotten', 0, 10)).toMatchObject([
    { seq: 5, event: { type: 'gap', from: 1, to: 5 } },
    { seq: 6 },
  ]);
});

withRedis('a stream whose state was evicted keeps its numbers', async () => {
  const log = open();
  await log.append('evicted', texts(1, 5));
  await raw((client) => client.del(`${prefix}:events:evicted:state`));
  const other = open();
  expect(await other.append('evicted', texts(6, 6))).toBe(6);
  expect(seqs(await log.read('evicted', 0, 10))).toEqual(range(1, 6));
});

withRedis('a stream that compaction emptied is no gap', async () => {
  const log = open();
  await log.append('emptied', [delta('a'), text('a')]);
  await log.compact('emptied');
  await raw((client) => client.xdel(`${prefix}:events:emptied`, '2-0'));
  expect(await log.append('emptied', texts(3, 3))).toBe(3);
  expect(seqs(await log.read('emptied', 0, 10))).toEqual([3]);
});

withRedis('an append whose reply is lost is sent again and stands in the log once', async () => {
  let cuts = 3;
  const { url, server } = await relay((sent) => sent.includes('event 2') && cuts-- > 0);
  const log = open({ url });
  await log.append('doubled', texts(1, 1));
  expect(await log.append('doubled', texts(2, 2))).toBe(2);
  expect(await log.append('doubled', texts(3, 3))).toBe(3);
  expect(cuts).toBeLessThanOrEqual(0);
  expect((await log.read('doubled', 0, 10)).map(({ event }) => event)).toEqual(texts(1, 3));
  server.close();
});

withRedis('Redis killed and started again loses no acknowledged event; appends and tails go on', async () => {
  const log = open();
  const reader = open();
  const followed = take(reader.tail('restart', 0, signal), 200);
  const appended: number[] = [];
  const writing = (async (): Promise<void> => {
    for (const n of range(1, 200)) {
      appended.push(await log.append('restart', texts(n, n)));
      if (n === 100) void redis.kill().then(() => redis.start());
    }
  })();
  expect(seqs(await followed)).toEqual(range(1, 200));
  await writing;
  expect(appended).toEqual(range(1, 200));
  expect((await open().read('restart', 0, 500)).map(({ event }) => event)).toEqual(texts(1, 200));
});

withRedis('while Redis hangs, calls fail as passing, and the log works again afterwards', async () => {
  const log = open();
  await log.append('hung', texts(1, 1));
  process.kill(redis.pid, 'SIGSTOP');
  const calls = [log.append('hung', texts(2, 2)), log.read('hung', 0, 1), log.last('hung')];
  const outcomes = await Promise.allSettled(calls);
  process.kill(redis.pid, 'SIGCONT');
  expect(outcomes).toEqual(calls.map(() => expect.objectContaining({ status: 'rejected', reason: unavailable })));
  const next = await until(() => log.append('hung', texts(3, 3)).catch(() => undefined));
  const read = await log.read('hung', 0, 10);
  expect(seqs(read)).toEqual(range(1, next));
});

withRedis(
  'without a Redis, a call fails after some tries and twenty later ones sooner, with a sentence that names REDIS_URL but no password',
  async () => {
    const port = await freePort();
    const log = open({ url: `redis://:canary@127.0.0.1:${port}/0` });
    const start = performance.now();
    const error: unknown = await log.append('absent', texts(1, 1)).catch((reason: unknown) => reason);
    const first = performance.now() - start;
    expect(error).toEqual(unavailable);
    expect(String(error)).toMatch(/REDIS_URL.*ECONNREFUSED/);
    expect(String(error)).not.toContain('canary');
    const again = performance.now();
    for (const n of range(1, 20)) await expect(log.append('absent', texts(n, n))).rejects.toEqual(unavailable);
    expect(performance.now() - again).toBeLessThan(first);
  },
);
