import { afterEach, expect, test } from '@jest/globals';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { OtlpSpan } from '../../telemetry/otlp/messages.ts';
import { canariesIn, freshCanaries } from '../support/canaries.ts';
import { attributeOf, startCollector, type Collector } from '../support/collector.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import { runJob } from '../support/product.ts';
import { answered, createSession } from '../support/sessions.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

const canaries = freshCanaries({ model: 'sk-ant-canary-of-the-model-', collector: 'canary-of-the-collector-' });

let world: World;
let collector: Collector | undefined;
afterEach(async () => {
  await world.end();
  await collector?.stop();
});

const telling = (url: string, protocol: string): Record<string, string> => ({
  ANTHROPIC_API_KEY: canaries.model,
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
  OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=${canaries.collector}`,
});

/** The spans above one, up to the first. */
function above(spans: readonly OtlpSpan[], span: OtlpSpan | undefined): string[] {
  const parent = span && spans.find(({ spanId }) => spanId === span.parentSpanId);
  return parent === undefined ? [] : [parent.name ?? '', ...above(spans, parent)];
}

test('one trace leads over gRPC from the request that posts a job to what its agent tells, without a credential', async () => {
  const to = (collector = await startCollector('grpc'));
  world = await createWorld({ env: telling(to.url, 'grpc') });
  const product = await world.start('serve');
  const job = await runJob(() => product.url, { task: 'words of a task', repo_url: world.repo });
  expect(job.status).toBe('succeeded');
  await until(() => to.spans().some(({ name }) => name === 'job') && to.metrics().length > 0);
  await product.stop();
  const spans = to.spans();
  const agents = spans.filter(({ name = '' }) => name.startsWith('claude_code.'));
  const first = agents.find(({ name }) => name === 'claude_code.interaction');
  expect(above(spans, first)).toEqual(['runAgent', 'job', 'POST /jobs']);
  const traces = new Set(
    spans.filter((span) => attributeOf(span, 'agenticore.job.id') === job.id).map((span) => span.traceId),
  );
  expect([...traces]).toEqual([first?.traceId]);
  expect(spans.filter(({ traceId }) => traceId === first?.traceId).map(({ name }) => name)).toEqual(
    expect.arrayContaining(['git push', 'git fetch', 'git, confined', 'claude_code.llm_request']),
  );
  const stages = spans.flatMap((span) => {
    const stage = attributeOf(span, 'agenticore.stage');
    return stage === undefined ? [] : [[attributeOf(span, 'agenticore.step'), stage]];
  });
  expect(stages).toEqual(
    expect.arrayContaining([
      ['prepareWork', 'creating_worktree'],
      ['runAgent', 'running_agent'],
      ['commitWork', 'committing'],
      ['deliver', 'delivering'],
    ]),
  );
  expect(
    above(
      spans,
      spans.find(({ name }) => name === 'git, confined'),
    ),
  ).toContain('job');
  expect(attributeOf(first!, 'agenticore.owner')).toBe('local');
  expect(to.logs().map((record) => attributeOf(record, 'agenticore.job.id'))).toContain(job.id);
  expect(new Set(to.received.map(({ headers }) => headers['x-collector-key']))).toEqual(new Set([canaries.collector]));
  const told = Buffer.concat(to.received.map(({ body }) => body));
  expect(canariesIn(told, canaries)).toEqual([]);
  expect(told.includes('words of a task')).toBe(false);
});

test('what a warm agent tells over HTTP belongs to the run in whose time it began, and lines of the log name it', async () => {
  const to = (collector = await startCollector('http'));
  world = await createWorld({ script: () => ({ text: 'ok' }), env: telling(to.url, 'http') });
  const product = await world.start('serve');
  const session = await createSession(product.url);
  const runs = [];
  for (const text of ['one', 'two']) runs.push(await answered(() => product.url, session.id, text));
  const interactions = (): OtlpSpan[] => to.spans().filter(({ name }) => name === 'claude_code.interaction');
  await until(() => interactions().length === 2 && to.spans().filter(({ name }) => name === 'run').length === 2);
  const told = interactions().map((span) => [
    attributeOf(span, 'agenticore.run.id'),
    above(to.spans(), span).slice(-2),
  ]);
  expect(told).toEqual(runs.map(({ id }) => [id, ['run', 'POST /sessions/:id/messages']]));
  expect(new Set(interactions().map(({ traceId }) => traceId)).size).toBe(2);

  // From now on neither its host nor the server can use the event log of the session.
  const log = join(world.dir, 'data', 'events', `${session.id}.jsonl`);
  await rm(log);
  await mkdir(log);
  const { id: run } = await answered(() => product.url, session.id, 'three');
  const headers = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
  expect((await fetch(`${product.url}/sessions/${session.id}/events`, { headers })).status).toBe(503);
  await until(() => interactions().length === 3);
  const { traceId: trace_id } = interactions()[2] ?? {};
  await product.stop();
  const lines = product
    .said()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const [lost] = said.filter(({ msg }) => String(msg).startsWith('the event log cannot be used'));
  expect(lost).toMatchObject({ run, session: session.id, trace_id });
  const [failed] = said.filter(({ msg }) => msg === 'request failed');
  expect(failed).toMatchObject({ session: session.id, trace_id: 'a'.repeat(32) });
  expect(canariesIn(Buffer.from(product.said()), canaries)).toEqual([]);
});

test('a collector that is dead costs a job nothing and is complained of once', async () => {
  const gone = await startCollector('http');
  await gone.stop();
  world = await createWorld({ env: telling(gone.url, 'http') });
  const product = await world.start('serve');
  expect((await runJob(() => product.url, { task: 'fix it', repo_url: world.repo })).status).toBe('succeeded');
  await until(() => product.said().includes('telemetry cannot be delivered'));
  await product.stop();
  expect(product.said().match(/telemetry cannot be delivered/g)).toHaveLength(1);
});

test('Codex tells of itself in the trace of its job, but not what its tools are asked and answer', async () => {
  const to = (collector = await startCollector('http'));
  world = await createWorld({
    script: fixingAgent({ commands: ['echo asked-and-answered'] }),
    env: {
      ...telling(to.url, 'http'),
      ...{ OPENAI_API_KEY: canaries.model, AGENTICORE_DEFAULT_AGENT: 'codex' },
      AGENTICORE_OTEL_LOG_TOOL_DETAILS: 'false',
    },
  });
  const product = await world.start('serve', { env: { OPENAI_BASE_URL: `${world.model.url}/v1` } });
  const job = await runJob(() => product.url, { task: 'words of a task', repo_url: world.repo });
  expect(job.status).toBe('succeeded');
  await product.stop();
  const spans = to.spans();
  for (const name of ['session_task.turn', 'codex.sampling', 'exec_command'])
    expect(
      above(
        spans,
        spans.find((span) => span.name === name),
      ).slice(-3),
    ).toEqual(['runAgent', 'job', 'POST /jobs']);
  const ofJob = (record: Pick<OtlpSpan, 'attributes'>): boolean => attributeOf(record, 'agenticore.job.id') === job.id;
  const events = to.logs().filter(ofJob);
  expect(events.map((record) => attributeOf(record, 'event.name'))).toEqual(
    expect.arrayContaining(['codex.user_prompt', 'codex.api_request', 'codex.tool_result']),
  );
  expect(to.metrics().map(({ name }) => name)).toContain('codex.turn.token_usage');
  const told = Buffer.concat(to.received.map(({ body }) => body));
  expect(canariesIn(told, { ...canaries, task: 'words of a task', tool: 'asked-and-answered' })).toEqual([]);
});
