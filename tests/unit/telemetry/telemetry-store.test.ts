import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { encodeOtlp } from '../../../telemetry/otlp/codec.ts';
import { Postgres } from '../../../telemetry/store/postgres.ts';
import { TelemetryStore } from '../../../telemetry/store/telemetry-store.ts';
import { hasPostgres, TestPostgres, withPostgres } from '../../support/postgres.ts';
import { until } from '../../support/until.ts';

const said: { reason?: unknown; text: string }[] = [];
const note = (fields: object, text: string) => void said.push({ ...fields, text });
const log = { info: note, warn: note };

let server: TestPostgres;
const opened: Postgres[] = [];
beforeAll(async () => {
  if (hasPostgres) server = await TestPostgres.start();
});
afterAll(async () => {
  await Promise.all(opened.map((postgres) => postgres.close()));
  if (hasPostgres) await server.stop();
});

function openStore(): TelemetryStore {
  const postgres = new Postgres(server.url, log);
  opened.push(postgres);
  return new TelemetryStore(postgres);
}

const rows = (text: string): Promise<Record<string, unknown>[]> => server.query(text);

const span = (spanId: string, more: object = {}) => ({
  ...{ traceId: 'a'.repeat(32), spanId: spanId.padStart(16, '0'), name: 'runAgent', kind: 1 },
  ...{ startTimeUnixNano: '1700000000123456789', endTimeUnixNano: '1700000001123456789' },
  ...more,
});
const traces = (...spans: object[]) => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'claude-code' } }] },
      scopeSpans: [{ scope: { name: 'steps' }, spans }],
    },
  ],
});
const job = { attributes: [{ key: 'agenticore.job.id', value: { stringValue: 'job-1' } }] };

withPostgres('processes that start at once make the tables once, and all write', async () => {
  const several = [openStore(), openStore(), openStore()];
  await Promise.all(several.map((store, index) => store.take('traces', traces(span(`${index + 1}`, job)))));
  expect(await rows('select name from agenticore_migrations')).toHaveLength(1);
  expect(await rows(`select span_id from agenticore_spans where job_id = 'job-1'`)).toHaveLength(3);
});

withPostgres('a span that is delivered again replaces the first, in one request too', async () => {
  const store = openStore();
  await store.export(
    'traces',
    encodeOtlp('traces', traces(span('b1'), span('b1', { status: { code: 2 } })), 'protobuf'),
  );
  await store.take('traces', traces(span('b1', { name: 'again', status: { code: 1 } })));
  expect(await rows(`select * from agenticore_spans where span_id like '%b1'`)).toMatchObject([
    {
      ...{ name: 'again', kind: 'internal', status: 'ok', duration_ms: 1_000, service: 'claude-code', scope: 'steps' },
      started_at: new Date('2023-11-14T22:13:20.123Z'),
    },
  ]);
});

withPostgres(
  'points and log records that are delivered again are stored once, equal ones of a request each',
  async () => {
    const store = openStore();
    const point = { asInt: '7', timeUnixNano: '1700000000000000000' };
    const metrics = {
      resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'tokens', sum: { dataPoints: [point] } }] }] }],
    };
    const logs = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ eventName: 'e' }, { eventName: 'e' }] }] }] };
    for (let times = 0; times < 2; times++) {
      await store.take('metrics', metrics);
      await store.take('logs', logs);
    }
    expect(await rows(`select value, kind from agenticore_metric_points`)).toEqual([{ value: 7, kind: 'sum' }]);
    expect(await rows(`select event_name from agenticore_logs where event_name = 'e'`)).toHaveLength(2);
  },
);

withPostgres('values that PostgreSQL does not have break nothing, and a span without ids is counted', async () => {
  const store = openStore();
  const values = [
    { stringValue: 'a\0b\ud800' },
    { stringValue: 'x'.repeat(1_000_000) },
    { doubleValue: NaN },
    { intValue: '9223372036854775807' },
    { arrayValue: { values: [{}, { bytesValue: 'AAE=' }] } },
  ];
  const attributes = values.map((value, index) => ({ key: `k\0${index}`, value }));
  const long = span('c1', { name: `\0${'ü'.repeat(9_000)}`, attributes });
  expect(await store.take('traces', traces(long, span('0'), span('c2')))).toBe(1);
  const point = { asDouble: NaN, attributes };
  const bad = { name: 'load', gauge: { dataPoints: [point] } };
  expect(await store.take('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics: [bad] }] }] })).toBe(0);
  const [stored] = await rows(`select attributes from agenticore_spans where span_id like '%c1'`);
  const kept = Object.values(stored?.attributes as object) as unknown[];
  expect(kept).toEqual(expect.arrayContaining(['a\u{fffd}b\u{fffd}', 'NaN', '9223372036854775807', [null, 'AAE=']]));
  expect(kept.map((value) => String(value).length)).toContain(32_768);
  expect(await rows(`select value from agenticore_metric_points where name = 'load'`)).toEqual([{ value: NaN }]);
});

withPostgres('what is older than the time to keep is deleted, and the rest stays', async () => {
  const store = openStore();
  await store.take('traces', traces(span('d1'), span('d2')));
  await rows(`update agenticore_spans set received_at = now() - interval '31 days' where span_id like '%d1'`);
  await Promise.all([openStore(), store].map((each) => each.prune(new Date(Date.now() - 30 * 86_400_000))));
  expect(await rows(`select span_id from agenticore_spans where span_id like '%d_'`)).toEqual([
    { span_id: 'd2'.padStart(16, '0') },
  ]);
});

withPostgres('an outage is told once and without the password, and when it is over all goes on', async () => {
  const store = openStore();
  await store.take('traces', traces(span('e1')));
  await server.kill();
  said.length = 0;
  for (let tries = 0; tries < 3; tries++)
    await expect(store.take('traces', traces(span('e2')))).rejects.toThrow('PostgreSQL does not answer');
  await server.start();
  await until(() =>
    store.take('traces', traces(span('e2'))).then(
      () => true,
      () => false,
    ),
  );
  expect(said.map(({ text }) => text)).toEqual([
    'PostgreSQL does not answer; jobs are not affected',
    'PostgreSQL answers again',
  ]);
  expect(JSON.stringify(said)).not.toContain('canary');
  expect(await rows(`select span_id from agenticore_spans where span_id like '%e_'`)).toHaveLength(2);
});

test('a PostgreSQL that never answers holds up one request, and those after it for a while not', async () => {
  let connections = 0;
  const silent = createServer(() => void connections++);
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const { port } = silent.address() as AddressInfo;
  const postgres = new Postgres(`postgres://a:b@127.0.0.1:${port}/c`, log);
  opened.push(postgres);
  const store = new TelemetryStore(postgres);
  const take = () => store.take('traces', traces(span('f1')));
  await expect(take()).rejects.toThrow('PostgreSQL does not answer');
  // One that refuses would be asked again by then.
  await sleep(1_200);
  for (let tries = 0; tries < 3; tries++) await expect(take()).rejects.toThrow('PostgreSQL does not answer');
  expect(connections).toBe(1);
  silent.close();
});
