import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { encodeOtlp } from '../../../telemetry/otlp/codec.ts';
import type { OverviewReply } from '../../../contract/http/overview.ts';
import type { UsageEntry, UsageTotals } from '../../../contract/http/usage.ts';
import { searchAttributePairs } from '../../../contract/workflow/search-attributes.ts';
import { Postgres } from '../../../telemetry/store/postgres.ts';
import { UsageBook } from '../../../telemetry/store/usage-book.ts';
import { startApiWorld, type Api } from '../../support/api.ts';
import { API_KEYS, OWNER_KEYS, sendAs } from '../../support/owners.ts';
import { hasPostgres, TestPostgres, withPostgres } from '../../support/postgres.ts';
import { approvalOf, briefOf, showSession } from '../../support/session-memo.ts';
import { takeNamespace } from '../../support/temporal.ts';
import { until } from '../../support/until.ts';

const USAGE = { input_tokens: 10, output_tokens: 5, cache_read_tokens: 3, cache_creation_tokens: 2 };
const temporal = takeNamespace();
let postgres: TestPostgres;
/** Both of one Temporal: with PostgreSQL, and without it. */
let api: Api;
let bare: Api;
let session: string;
let job: string;
beforeAll(async () => {
  if (hasPostgres) postgres = await TestPostgres.start();
  bare = await startApiWorld({ AGENTICORE_API_KEYS: API_KEYS }, temporal);
  api = await startApiWorld(
    { AGENTICORE_API_KEYS: API_KEYS, ...(hasPostgres && { POSTGRES_URL: postgres.url }) },
    temporal,
  );
  session = await showSession(api.client, { spec: { repo_url: 'https://example.org/a' } });
  for (const [index, cost_usd] of [0.1, 0.2, null].entries()) {
    const brief = briefOf(session, index + 1);
    const request = { session_id: session, owner: 'alice', brief, agent: null, profile: 'code' };
    const progress = { spent: { usage: USAGE, cost_usd }, num_turns: 2, status: 'running', warnings: [] };
    await begin('run', brief.id, { request, progress });
    await end(brief.id);
  }
  job = randomUUID();
  const asked = { profile: 'review', repo_url: 'https://example.org/b', created_at: new Date().toISOString() };
  const progress = { stage: 'running_agent', hosts: ['one'], attempt: 2, usage: USAGE, cost_usd: 1.5, num_turns: 7 };
  await begin('job', job, { request: { owner: 'alice', ...asked }, progress });
});
afterAll(async () => {
  await api.close();
  await bare.close();
  if (hasPostgres) await postgres.stop();
});

/** A workflow of alice that nobody runs. */
const begin = (type: string, workflowId: string, memo: Record<string, unknown>) =>
  api.client.workflow.start(type, {
    ...{ workflowId, memo, taskQueue: 'nobody', args: [] },
    typedSearchAttributes: searchAttributePairs({ owner: 'alice', status: 'running' }),
  });
const end = (id: string) => api.client.workflow.getHandle(id).terminate();

type Reply = Record<string, unknown> & { total: UsageTotals };
const ask = async (path: string, of = api, owner: 'alice' | 'bob' = 'alice'): Promise<Reply> =>
  (await sendAs(() => of)('GET', path, undefined, { owner })).body as Reply;

const usageOf = async (path: string) => (await ask(path)).usage as UsageEntry;

/** What Temporal does not have any more. */
async function keepOnly(entries: UsageEntry[]): Promise<void> {
  const kept = new Postgres(postgres.url, { info: () => undefined, warn: () => undefined });
  await new UsageBook(kept).write(entries);
  await kept.close();
}

/** Visibility lags behind. */
const whole = (of: Api, count: number): Promise<Reply> =>
  until(async () => {
    const reply = await ask('/usage?group=repo', of);
    return reply.total.count === count && reply;
  });

test('without PostgreSQL the sums are those of the records, and the reply says so', async () => {
  const { source, groups, total, complete_since } = await whole(bare, 3);
  expect(source).toBe('records');
  expect(groups).toMatchObject([{ key: 'https://example.org/a', count: 3, cost_usd: 0.3, unpriced: 1, num_turns: 6 }]);
  expect(total).toMatchObject({ usage: { input_tokens: 30, output_tokens: 15 }, succeeded: 0 });
  expect(Date.parse(String(complete_since))).toBeLessThan(Date.now());
  expect(await ask(`/runs/${session}.1/usage`, bare)).toMatchObject({
    source: 'records',
    usage: { kind: 'run', cost_usd: 0.1, usage: USAGE, session_id: session },
  });
  expect(await ask(`/sessions/${session}/usage`, bare)).toMatchObject({ source: 'records', usage: { count: 3 } });
});

test('a key finds nothing of another one', async () => {
  expect(await ask('/usage', api, 'bob')).toMatchObject({ total: { count: 0 }, groups: [] });
  for (const path of [`/jobs/${job}/usage`, `/runs/${session}.1/usage`, `/sessions/${session}/usage`])
    expect(await ask(path, api, 'bob')).toMatchObject({ success: false, code: expect.stringMatching(/_not_found$/) });
});

test('who watches sees what runs of its own key, what its agents do last, and what waits for a decision', async () => {
  const busy = await showSession(api.client, {
    indexed: true,
    state: (id) => {
      const brief = briefOf(id, 1);
      return { status: 'running', runs: 1, active: brief, approvals: [approvalOf(id, 'apr_1')] };
    },
  });
  await api.events.append(job, [
    { type: 'run_started', attempt: 2 },
    { type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'npm test' }, parent_id: null },
    { type: 'tool_result', id: 't1', is_error: false, content: 'ok', truncated_bytes: 0 },
  ]);
  await api.events.append(busy, [{ type: 'text_delta', text: 'I look' }], { run: 1 });
  const seen = (owner: 'alice' | 'bob') => ask('/overview', api, owner) as unknown as Promise<OverviewReply>;
  const { jobs, sessions, approvals } = await until(async () => {
    const now = await seen('alice');
    return now.jobs.length === 1 && now.sessions.length === 1 && now;
  });
  expect(jobs).toMatchObject([{ id: job, cost_usd: 1.5, doing: { what: 'tool', tool: 'Bash', words: 'npm test' } }]);
  expect(sessions).toMatchObject([{ id: busy, status: 'running', doing: { what: 'text' } }]);
  expect(approvals).toMatchObject([{ id: 'apr_1', session_id: busy, tool: 'Bash' }]);
  expect(await seen('bob')).toMatchObject({ jobs: [], sessions: [], approvals: [] });
  expect(await ask('/stats')).toMatchObject({ open: 1, ended: { count: 3, succeeded: 0 }, retries: { lost_hosts: 1 } });
  expect(await ask('/stats', api, 'bob')).toMatchObject({ open: 0, ended: { count: 0 }, outcomes: [], profiles: [] });
  await end(busy);
});

withPostgres(
  'PostgreSQL sums the same, a job is told live while it runs, and all of it outlives Temporal',
  async () => {
    expect(await whole(api, 3)).toMatchObject({ source: 'postgresql', groups: (await whole(bare, 3)).groups });
    expect(await ask(`/jobs/${job}/usage`)).toMatchObject({
      source: 'records',
      usage: { status: 'running', cost_usd: 1.5, attempt: 2, ended_at: null },
    });
    await end(job);
    await whole(api, 4);
    for (const group of ['profile', 'repo', 'key', 'agent', 'day']) {
      const [kept, records] = [await ask(`/usage?group=${group}`), await ask(`/usage?group=${group}`, bare)];
      expect(kept.groups).toEqual(records.groups);
    }
    const later = await ask(`/usage?since=${new Date(Date.now() + 60_000).toISOString()}`);
    expect(later).toMatchObject({ total: { count: 0 } });
    const gone = randomUUID();
    await keepOnly([
      { ...(await usageOf(`/jobs/${job}/usage`)), id: gone },
      { ...(await usageOf(`/runs/${session}.1/usage`)), id: `${gone}.1`, session_id: gone },
    ]);
    expect((await ask(`/jobs/${gone}`)).code).toBe('job_not_found');
    expect(await ask(`/jobs/${gone}/usage`)).toMatchObject({
      source: 'postgresql',
      usage: { cost_usd: 1.5, usage: USAGE },
    });
    expect(await ask(`/runs/${gone}.1/usage`)).toMatchObject({ source: 'postgresql', usage: { cost_usd: 0.1 } });
    expect(await ask(`/sessions/${gone}/usage`)).toMatchObject({ usage: { count: 1, cost_usd: 0.1, usage: USAGE } });
  },
);

const request = {
  resourceSpans: [
    { scopeSpans: [{ spans: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), name: 'x' }, { name: 'no id' }] }] },
  ],
};
const post = (of: Api, body: Uint8Array | string, headers: Record<string, string> = {}) =>
  fetch(`${of.url}/v1/traces`, {
    method: 'POST',
    body: body as never,
    headers: { 'x-api-key': OWNER_KEYS.alice, ...headers },
  });
const JSON_TYPE = { 'content-type': 'application/json' };
const PROTOBUF = { 'content-type': 'application/x-protobuf' };

withPostgres('OTLP is taken in protobuf and JSON, also with gzip, and answered in the same', async () => {
  const bytes = encodeOtlp('traces', request, 'protobuf');
  const zipped = await post(api, gzipSync(bytes), { ...PROTOBUF, 'content-encoding': 'gzip' });
  expect([zipped.status, zipped.headers.get('content-type')]).toEqual([200, 'application/x-protobuf']);
  const text = await post(api, encodeOtlp('traces', request, 'json'), JSON_TYPE);
  expect(await text.json()).toMatchObject({ partialSuccess: { rejectedSpans: '1' } });
});

withPostgres('what is no OTLP is refused as OTLP says, and an outage asks a collector to come again', async () => {
  expect(await (await post(api, '{"resourceSpans": 1}', JSON_TYPE)).json()).toMatchObject({ code: 3 });
  const bad = await post(api, 'no protobuf', PROTOBUF);
  expect([bad.status, decodeStatus(await bad.arrayBuffer())]).toEqual([400, 3]);
  const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024));
  expect((await post(api, bomb, { ...PROTOBUF, 'content-encoding': 'gzip' })).status).toBe(413);
  expect((await post(api, 'x', { ...PROTOBUF, 'x-api-key': 'wrong' })).status).toBe(401);
  await postgres.kill();
  const away = await post(api, encodeOtlp('traces', request, 'protobuf'), PROTOBUF);
  expect([away.status, away.headers.get('retry-after'), decodeStatus(await away.arrayBuffer())]).toEqual([
    503,
    '10',
    14,
  ]);
  expect(await ask('/usage')).toMatchObject({ source: 'records' });
  await postgres.start();
  await until(async () => (await post(api, encodeOtlp('traces', request, 'protobuf'), PROTOBUF)).ok);
  await until(async () => (await ask('/usage')).source === 'postgresql');
});

test('a server without PostgreSQL says that it keeps no telemetry', async () => {
  const answer = await post(bare, '{}', JSON_TYPE);
  expect([answer.status, await answer.json()]).toEqual([
    404,
    { code: 5, message: expect.stringContaining('POSTGRES_URL') },
  ]);
});

/** The first field of a google.rpc.Status. */
function decodeStatus(body: ArrayBuffer): number | undefined {
  const [tag, code] = new Uint8Array(body);
  return tag === 8 ? code : undefined;
}
