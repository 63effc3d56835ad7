import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { JobRecord } from '../../contract/http/job-record.ts';
import type { UsageEntry } from '../../contract/http/usage.ts';
import { attributeOf, startCollector, type Collector } from '../support/collector.ts';
import { createForgeWorld, type ForgeWorld } from '../support/forge-world.ts';
import { LangfuseServer } from '../support/langfuse-server.ts';
import { gate } from '../support/model-server.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import { TestPostgres } from '../support/postgres.ts';
import { call, jobEnded, submit, type Product } from '../support/product.ts';
import { startProxy, type Proxy } from '../support/proxy.ts';
import { TestRedis } from '../support/redis.ts';
import { startS3Server, type S3Server } from '../support/s3-server.ts';
import { createSession, runEnded, say } from '../support/sessions.ts';
import { until } from '../support/until.ts';

/** What the product says of an outage, by what is away, and what it says when that is back. */
const SAID = {
  collector: ['telemetry cannot be delivered', 'telemetry is delivered again'],
  postgres: ['PostgreSQL does not answer', 'PostgreSQL answers again'],
  redis: ['the event log cannot be used', 'events are written to the event log again'],
  langfuse: ['langfuse takes nothing', 'langfuse takes what is sent again'],
  store: ['store takes nothing', 'store takes what is sent again'],
} as const;
type Service = keyof typeof SAID;

let postgres: TestPostgres;
let redis: TestRedis;
let langfuse: LangfuseServer;
let bucket: S3Server;
let collector: Collector;
const proxies = {} as Record<Service, Proxy>;
let world: ForgeWorld;
let product: Product;
let reader: Redis;

/** Agents wait for this after their first tool. */
let held = gate();
const waiting = new Set<string>();
const fixing = fixingAgent({ edits: { 'fix.txt': 'fixed' }, commands: ['git add -A && git commit -q -m "fix it"'] });

/** The same address at a proxy. */
async function behind(name: Service, url: string): Promise<string> {
  const { host } = new URL(url);
  proxies[name] = await startProxy(host);
  return url.replace(host, proxies[name].address);
}

beforeAll(async () => {
  postgres = await TestPostgres.start();
  redis = await TestRedis.start();
  langfuse = await new LangfuseServer().start();
  bucket = await startS3Server();
  collector = await startCollector('grpc');
  world = await createForgeWorld('github', {
    script: async (conversation) => {
      if (conversation.calls.some(({ result }) => result !== undefined)) {
        waiting.add(conversation.task);
        await held.opened;
      }
      return fixing(conversation);
    },
    env: {
      AGENTICORE_MAX_PARALLEL_JOBS: '3',
      OTEL_EXPORTER_OTLP_ENDPOINT: await behind('collector', collector.url),
      POSTGRES_URL: await behind('postgres', postgres.url),
      REDIS_URL: await behind('redis', redis.url),
      ...langfuse.env,
      LANGFUSE_HOST: await behind('langfuse', langfuse.url),
      ...bucket.env,
      AGENTICORE_S3_URL: await behind('store', bucket.url),
    },
  });
  product = await world.start('serve');
  reader = new Redis(redis.url);
}, 120_000);
afterAll(async () => {
  reader?.disconnect();
  await world?.end();
  await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
  await Promise.all([postgres?.stop(), redis?.stop(), langfuse?.stop(), bucket?.close(), collector?.stop()]);
});

const spooled = async (): Promise<string[]> =>
  (await readdir(join(world.dir, 'data', 'spool'))).filter((name) => !name.startsWith('.'));
const lines = (text: string, from: number): number => product.said().slice(from).split(text).length - 1;
const get = async <T>(path: string): Promise<T> => (await call<T>(product.url, path)).body;

/** The only transcript of a job or session in the bucket; no line of it is there twice. */
function shipped(id: string): string {
  const found = [...bucket.objects].filter(([key]) => key.startsWith(`transcripts/${id}/`));
  expect(found).toHaveLength(1);
  const text = String(found[0]?.[1]);
  const ids = text.split('\n').flatMap((line) => /"uuid":"([^"]+)"/.exec(line)?.[1] ?? []);
  expect(new Set(ids).size).toBe(ids.length);
  return text;
}

async function expectKept(job: JobRecord): Promise<void> {
  const transcript = await (await fetch(`${product.url}/jobs/${job.id}/transcript`)).text();
  expect(shipped(job.id)).toBe(transcript);
  expect(transcript).toContain('All done.');
  const trace = langfuse.of('job_id', job.id);
  expect(new Set(trace.map(({ span }) => span.traceId)).size).toBe(1);
  const [root, ...more] = trace.filter(({ span }) => span.name === 'job');
  expect(more).toEqual([]);
  expect(root?.attributes['langfuse.trace.metadata.cost_usd']).toBe(String(job.cost_usd));
  const kept = await get<{ source: string; usage: UsageEntry }>(`/jobs/${job.id}/usage`);
  expect([kept.source, kept.usage.usage, kept.usage.cost_usd]).toEqual(['postgresql', job.usage, job.cost_usd]);
  await until(async () => (await reader.hget(`agenticore:job:${job.id}`, 'status')) === 'succeeded');
}

/** Whether the collector has the span of the job, and its trace from the agent's to it. */
const tracedOnce = (id: string): boolean => {
  const spans = collector.spans().filter((span) => attributeOf(span, 'agenticore.job.id') === id);
  const names = spans.map(({ name = '' }) => name);
  return names.filter((name) => name === 'job').length === 1 && names.includes('claude_code.interaction');
};

/** Two jobs and a turn of a session that are under way, each in the middle of its work. */
async function begin(name: string): Promise<{ jobs: string[]; session: string; run: string }> {
  const request = { repo_url: world.url() };
  const jobs = [];
  for (const task of [`one, ${name}`, `two, ${name}`]) jobs.push((await submit(product.url, { task, ...request })).id);
  const { id: session } = await createSession(product.url, request);
  const { id: run } = await say(product.url, session, `a turn, ${name}`);
  await until(() => waiting.size === 3);
  return { jobs, session, run };
}

test.each([
  {
    name: 'refuses',
    stop: async () => {
      await Promise.all([postgres.kill(), redis.kill()]);
      await Promise.all(Object.values(proxies).map((proxy) => proxy.refuse()));
    },
    goOn: async () => {
      await Promise.all([postgres.start(), redis.start()]);
      await Promise.all(Object.values(proxies).map((proxy) => proxy.accept()));
    },
  },
  {
    name: 'takes connections and never answers',
    stop: () => Promise.resolve(Object.values(proxies).forEach((proxy) => proxy.cut())),
    goOn: () => Promise.resolve(Object.values(proxies).forEach((proxy) => proxy.heal())),
  },
])(
  'jobs and a turn end well while all that keeps telemetry $name, and nothing is lost or doubled',
  async (outage) => {
    held = gate();
    waiting.clear();
    const { jobs, session, run } = await begin(outage.name);
    const from = product.said().length;
    await outage.stop();
    held.open();
    const ended = await Promise.all(jobs.map((id) => jobEnded(() => product.url, id)));
    for (const job of ended) {
      expect(job).toMatchObject({ status: 'succeeded', attempt: 1, warnings: [], pr_url: expect.any(String) });
      expect(world.forge.state.pulls.filter(({ branch }) => branch === job.branch)).toHaveLength(1);
    }
    expect(await runEnded(() => product.url, run)).toMatchObject({ status: 'succeeded', output: 'All done.' });
    // What is asked of PostgreSQL is answered from the records.
    expect(await get('/usage?group=profile')).toMatchObject({ source: 'records' });
    for (const [away] of Object.values(SAID)) await until(() => lines(away, from) > 0);
    expect(await spooled()).toHaveLength(3);

    await outage.goOn();
    await until(async () => (await spooled()).length === 0);
    await until(async () => (await get<{ source: string }>('/usage?group=profile')).source === 'postgresql');
    for (const job of ended) await expectKept(job);
    expect(shipped(session)).toContain('All done.');
    expect(new Set(langfuse.of('run_id', run).map(({ span }) => span.traceId)).size).toBe(1);
    await until(() => jobs.every((id) => tracedOnce(id)));
    const counts = Object.values(SAID).map(([away, back]) => [lines(away, from), lines(back, from) <= 1]);
    expect(counts).toEqual(counts.map(() => [1, true]));
  },
  300_000,
);
