import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { UsageEntry, UsageGroupsReply } from '../../contract/http/usage.ts';
import { sqlWith } from '../support/doc-blocks.ts';
import { TestPostgres, withPostgres } from '../support/postgres.ts';
import { call, runJob, submit, jobEnded, type Product } from '../support/product.ts';
import { answered, createSession } from '../support/sessions.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let postgres: TestPostgres | undefined;
let product: Product;
let url = '';

beforeAll(async () => {
  postgres = await TestPostgres.start().catch(() => undefined);
  world = await createWorld();
  if (postgres === undefined) return;
  product = await world.start('serve', { env: { POSTGRES_URL: postgres.url } });
  ({ url } = product);
});
afterAll(async () => {
  await world?.end();
  await postgres?.stop();
});

const query = async (text: string, values: unknown[] = []) => (await postgres?.query(text, values)) ?? [];

const usageOf = async (path: string): Promise<{ source: string; usage: UsageEntry }> =>
  (await call<{ source: string; usage: UsageEntry }>(url, `${path}/usage`)).body;
const groupsBy = async (group: string): Promise<UsageGroupsReply> =>
  (await call<UsageGroupsReply>(url, `/usage?group=${group}`)).body;

describe('a server with POSTGRES_URL', () => {
  withPostgres('keeps one trace from POST /jobs to what the CLI tells of itself, found by one query', async () => {
    const job = await runJob(() => url, { task: 'fix it', repo_url: world.repo });
    const sql = sqlWith('recursive', 'docs/telemetry.md');
    const spans = await until(async () => {
      const rows = await query(sql, [job.id]);
      const names = rows.map(({ name }) => String(name));
      return names.some((name) => name.startsWith('claude_code')) && names.includes('job') && names;
    });
    expect(spans[0]).toBe('POST /jobs');
    expect(spans).toEqual(expect.arrayContaining(['job', 'runAgent', 'claude_code.interaction']));
  });

  withPostgres(
    'answers what was used from it: as the records say, of a job and of two turns, also after an outage',
    async () => {
      const { id } = await createSession(url);
      const turns = [await answered(() => url, id, 'one'), await answered(() => url, id, 'two')];
      const first = await runJob(() => url, { task: 'fix it', repo_url: world.repo });
      const { source, usage } = await usageOf(`/jobs/${first.id}`);
      expect([source, usage]).toEqual([
        'postgresql',
        expect.objectContaining({ usage: first.usage, cost_usd: first.cost_usd, kind: 'job', profile: 'code' }),
      ]);
      const begun = await submit(url, { task: 'fix it', repo_url: world.repo });
      await postgres?.kill();
      const job = await jobEnded(() => url, begun.id);
      expect(job.status).toBe('succeeded');
      expect(await usageOf(`/jobs/${job.id}`)).toMatchObject({ source: 'records', usage: { usage: job.usage } });
      const meanwhile = await groupsBy('profile');
      expect(meanwhile.source).toBe('records');
      await postgres?.start();
      const after = await until(async () => {
        const reply = await groupsBy('profile');
        return reply.source === 'postgresql' && reply;
      });
      expect(after.total).toEqual(meanwhile.total);
      const { usage: session } = (await call<{ usage: UsageGroupsReply['total'] }>(url, `/sessions/${id}/usage`)).body;
      expect(session.count).toBe(2);
      expect(session.cost_usd).toBeCloseTo((turns[0]?.cost_usd ?? 0) + (turns[1]?.cost_usd ?? 0), 8);
      const rows = await query('select id from agenticore_usage where id = $1', [job.id]);
      expect(rows).toHaveLength(1);
      expect((await groupsBy('day')).total).toEqual(after.total);
      expect((await groupsBy('repo')).groups.map(({ key }) => key)).toContain(job.repo_url);
    },
  );

  withPostgres('receives OTLP in JSON, and tells a collector when it cannot', async () => {
    const span = {
      ...{ traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174', name: 'from outside', kind: 1 },
      ...{ startTimeUnixNano: '1544712660000000000', endTimeUnixNano: '1544712661000000000' },
    };
    const json = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
    expect(await call(url, '/v1/traces', { json })).toMatchObject({ status: 200 });
    expect(await call(url, '/v1/traces', { json })).toMatchObject({ status: 200 });
    const found = await query("select name, duration_ms from agenticore_spans where name = 'from outside'");
    expect(found).toEqual([{ name: 'from outside', duration_ms: 1_000 }]);
    // What takes telemetry tells none of itself, which a collector would send to it again.
    await call(url, '/plans');
    await until(async () => (await query("select name from agenticore_spans where name = 'GET /plans'")).length > 0);
    expect(await query("select name from agenticore_spans where name like '%/v1/%'")).toEqual([]);
    const wrong = await call(url, '/v1/logs', { json: { resourceLogs: 'none' } });
    expect(wrong).toMatchObject({ status: 400, body: { code: 3 } });
    await postgres?.kill();
    const away = await call(url, '/v1/traces', { json });
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '10']);
    expect(product.said()).not.toContain('canary-of-postgres');
  });
});
