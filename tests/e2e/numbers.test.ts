import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionRecord } from '../../contract/http/session.ts';
import type { UsageEntry, UsageTotals } from '../../contract/http/usage.ts';
import type { Usage } from '../../contract/shared/events.ts';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import { LangfuseServer, totalsOf } from '../support/langfuse-server.ts';
import { Scrape } from '../support/metrics.ts';
import type { Conversation } from '../support/model/conversation.ts';
import type { Reply } from '../support/model/reply.ts';
import { bash } from '../support/model/scripts.ts';
import { gate } from '../support/model-server.ts';
import { call, jobEnded, runJob, submit, type Product } from '../support/product.ts';
import { hasPostgres, TestPostgres } from '../support/postgres.ts';
import { startS3Server, type S3Server } from '../support/s3-server.ts';
import { answered, createSession } from '../support/sessions.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

const SOURCE = hasPostgres ? 'postgresql' : 'records';

/** Tokens of one call of the scripted model. */
const CALL: Usage = { input_tokens: 10, output_tokens: 5, cache_read_tokens: 3, cache_creation_tokens: 2 };
const tokensOf = (calls: number): Usage => ({
  input_tokens: CALL.input_tokens * calls,
  output_tokens: CALL.output_tokens * calls,
  cache_read_tokens: CALL.cache_read_tokens * calls,
  cache_creation_tokens: CALL.cache_creation_tokens * calls,
});

/** Opens when the model is asked for what it never says: its host dies then. */
const asked = gate();
/** How many answers the model has given to the end. */
let given = 0;
let world: World;
let postgres: TestPostgres | undefined;
let langfuse: LangfuseServer;
let bucket: S3Server;
let product: Product;

/** Works, meets a limit, kills its own CLI when it is back, and loses its host in the middle of an answer. */
function script({ calls, latest, task }: Conversation): Reply {
  if (!task.includes('hard')) return { text: `You said: ${latest}` };
  const has = (word: string): boolean => calls.some(({ input }) => JSON.stringify(input).includes(word));
  if (!has('one')) return bash('echo one > one.txt');
  const until = Math.floor(Date.now() / 1_000) + 4;
  if (!has('PPID') && !latest.includes('interrupted'))
    return { status: 429, error: `usage limit reached|${until}`, headers: { 'retry-after': '3600' } };
  if (!has('PPID')) return bash('kill -9 $PPID');
  if (!has('two')) return bash('echo two > two.txt');
  if (has('three')) return { text: 'All done.' };
  if (isLost) return bash('echo three > three.txt');
  asked.open();
  return { hold: new Promise(() => undefined) };
}
let isLost = false;

beforeAll(async () => {
  if (hasPostgres) postgres = await TestPostgres.start();
  langfuse = await new LangfuseServer().start();
  // It is away until the job has ended.
  await langfuse.stop();
  bucket = await startS3Server();
  world = await createWorld({
    script: (conversation) => {
      const reply = script(conversation);
      if (!('status' in reply) && !('hold' in reply)) given += 1;
      return reply;
    },
    env: {
      AGENTICORE_SEAT_TIMEOUT_S: '6',
      ...(postgres && { POSTGRES_URL: postgres.url }),
      ...langfuse.env,
      ...bucket.env,
    },
  });
  product = await world.start('serve');
});
afterAll(async () => {
  await world.end();
  await postgres?.stop();
  await langfuse.stop();
  await bucket.close();
});

/** What Prometheus is told that all agents have taken. */
async function metrics(): Promise<Usage & { cost: number }> {
  const told = await Scrape.of(product.url);
  const tokens = (type: string): number => told.sum('agenticore_agent_tokens_total', { type });
  return {
    ...{ input_tokens: tokens('input'), output_tokens: tokens('output') },
    ...{ cache_read_tokens: tokens('cache_read'), cache_creation_tokens: tokens('cache_creation') },
    cost: told.sum('agenticore_agent_cost_dollars_total'),
  };
}

/** The jobs and runs of which something is still to be sent. */
const spooled = async (): Promise<string[]> =>
  (await readdir(join(world.dir, 'data', 'spool'))).flatMap((name) => /^([^.].*)~/.exec(name)?.[1] ?? []);

/** What Prometheus is told of what was sent. */
const deliveries = async (destination: string, outcome: string): Promise<number> =>
  (await Scrape.of(product.url)).sum('agenticore_deliveries_total', { destination, outcome });

test('a job with a pause, a retry and a lost host counts each answer of its model once: record, events, metrics and Langfuse agree', async () => {
  const { id } = await submit(product.url, { task: 'hard work', repo_url: world.repo });
  await asked.opened;
  await product.kill();
  isLost = true;
  product = await world.start('serve');
  const job = await jobEnded(() => product.url, id);
  expect(job).toMatchObject({ status: 'succeeded', resumed: true });
  expect(job.usage).toEqual(tokensOf(given));
  const { body } = await call<{ events: LoggedEvent[] }>(product.url, `/jobs/${id}/events?limit=500`);
  expect(body.events.filter(({ event }) => event.type === 'model_call')).toHaveLength(given);
  const { body: kept } = await call<{ usage: UsageEntry; source: string }>(product.url, `/jobs/${id}/usage`);
  expect([kept.source, kept.usage.usage, kept.usage.cost_usd]).toEqual([SOURCE, job.usage, job.cost_usd]);
  const { cost, ...tokens } = await metrics();
  expect(tokens).toEqual(job.usage);
  expect(cost).toBeCloseTo(job.cost_usd ?? 0, 8);

  await until(async () => (await deliveries('langfuse', 'failed')) > 0);
  expect(await spooled()).toEqual([id]);
  await langfuse.start();
  await until(async () => (await spooled()).length === 0);
  const trace = langfuse.of('job_id', id);
  const { cost: told, ...tokensTold } = totalsOf(trace);
  expect(tokensTold).toEqual(job.usage);
  expect(told).toBeCloseTo(job.cost_usd ?? 0, 8);
  expect(new Set(trace.map(({ span }) => span.traceId)).size).toBe(1);
  const names = trace.map(({ span }) => span.name);
  expect(names).toEqual(expect.arrayContaining(['job', 'waiting_for_model', 'agent, attempt 1', 'agent, attempt 3']));
  expect(langfuse.got.spans).toBe(langfuse.spans.size);
  expect(JSON.stringify(trace)).not.toContain('hard work');
});

test('a transcript is in the bucket when the job has ended, and is read from there where this disk has lost it', async () => {
  const { id, session_id } = await runJob(() => product.url, { task: 'easy', repo_url: world.repo });
  const shipped = await until(() => bucket.objects.get(`transcripts/${id}/${session_id}.jsonl`));
  const read = async (): Promise<string> => (await fetch(`${product.url}/jobs/${id}/transcript`)).text();
  expect(await read()).toBe(shipped.toString());
  await rm(join(world.dir, 'data', 'transcripts', id), { recursive: true });
  expect(await read()).toBe(shipped.toString());
});

test('a session counts each of ten turns once, whether its agent was started for it or was warm', async () => {
  const before = await metrics();
  given = 0;
  const { id } = await createSession(product.url);
  const warm: boolean[] = [];
  let cost_usd = 0;
  for (let turn = 0; turn < 10; turn++) {
    const run = await answered(() => product.url, id, `turn ${turn}`);
    expect(run.usage).toEqual(tokensOf(1));
    warm.push(run.warm ?? false);
    cost_usd += run.cost_usd ?? 0;
  }
  expect(warm.filter(Boolean).length).toBeGreaterThan(7);
  // A session hears of the end of a run after the run's readers.
  const session = await until(async () => {
    const { body } = await call<{ session: SessionRecord }>(product.url, `/sessions/${id}`);
    return body.session.usage?.output_tokens === tokensOf(10).output_tokens && body.session;
  });
  expect([session.usage, given]).toEqual([tokensOf(10), 10]);
  expect(session.cost_usd).toBeCloseTo(cost_usd, 8);
  const sum = await until(async () => {
    const { body } = await call<{ usage: UsageTotals }>(product.url, `/sessions/${id}/usage`);
    return body.usage.count === 10 && body.usage;
  });
  expect(sum.usage).toEqual(tokensOf(10));
  expect(sum.cost_usd).toBeCloseTo(cost_usd, 8);
  const { cost, output_tokens } = await metrics();
  expect(output_tokens - before.output_tokens).toBe(tokensOf(10).output_tokens);
  expect(cost - before.cost).toBeCloseTo(cost_usd, 8);

  await until(async () => (await spooled()).length === 0);
  const turns = [...langfuse.spans.values()].filter(({ attributes }) => attributes['session.id'] === id);
  const { cost: told, ...tokensTold } = totalsOf(turns);
  expect(tokensTold).toEqual(tokensOf(10));
  expect(told).toBeCloseTo(cost_usd, 8);
  expect(turns.filter(({ span }) => span.name === 'run')).toHaveLength(10);
  expect(new Set(turns.map(({ span }) => span.traceId)).size).toBe(10);
  const [transcript] = [...bucket.objects].filter(([key]) => key.startsWith(`transcripts/${id}/`));
  expect(transcript?.[1].toString()).toContain('turn 9');
});
