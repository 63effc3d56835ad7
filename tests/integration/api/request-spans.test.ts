import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startApiWorld, type Api } from '../../support/api.ts';
import { attributeOf } from '../../support/collector.ts';
import { callTool, connectMcp, TRANSPORTS } from '../../support/mcp.ts';
import { spansOfProcess } from '../../support/told-spans.ts';
import type { OtlpSpan } from '../../../telemetry/otlp/messages.ts';

let api: Api;
beforeAll(async () => {
  api = await startApiWorld();
});
afterAll(() => api.close());

/** The spans that `work` makes. */
async function spansOf(work: () => Promise<unknown>): Promise<OtlpSpan[]> {
  const spans = spansOfProcess();
  await work();
  return spans.ended();
}

const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

test("a caller's traceparent is continued: the request is a span below that of the caller, in its trace", async () => {
  const headers = { traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-01` };
  const spans = await spansOf(() => api.send({ path: '/jobs/none', headers }));
  expect(spans).toMatchObject([{ name: 'GET /jobs/:id', traceId: CALLER.traceId, parentSpanId: CALLER.spanId }]);
});

test('a request that its caller does not sample makes no span', async () => {
  const headers = { traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-00` };
  expect(await spansOf(() => api.send({ path: '/jobs', headers }))).toEqual([]);
});

test.each(['', 'nonsense', `00-${'0'.repeat(32)}-${CALLER.spanId}-01`, `ff-${CALLER.traceId}-${CALLER.spanId}-01`])(
  'a request with the traceparent "%s" begins a trace of its own',
  async (traceparent) => {
    const [span, ...others] = await spansOf(() => api.send({ path: '/jobs', headers: { traceparent } }));
    expect(others).toEqual([]);
    expect(span).toMatchObject({ name: 'GET /jobs' });
    expect(span?.parentSpanId ?? '').toBe('');
    expect(span?.traceId).not.toBe(CALLER.traceId);
  },
);

test('each call of a tool over MCP is a span of that name below its request, without what it was called with', async () => {
  const client = await connectMcp(TRANSPORTS['streamable HTTP'](api.url));
  const spans = await spansOf(() => callTool(client, 'get_job', { job_id: 'canary-of-an-argument' }));
  await client.close();
  const call = spans.find(({ name }) => name === 'mcp get_job');
  const above = spans.find(({ spanId }) => spanId === call?.parentSpanId);
  expect(above?.name).toBe('POST /mcp');
  expect(attributeOf(call ?? {}, 'agenticore.tool')).toBe('get_job');
  expect(JSON.stringify(spans)).not.toContain('canary-of-an-argument');
});

test('who asks whether all is well, or for the metrics, makes no span', async () => {
  const spans = await spansOf(async () => {
    await api.get('/health');
    await fetch(`${api.url}/metrics`);
  });
  expect(spans).toEqual([]);
});
