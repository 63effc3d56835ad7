import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { buildTrace } from '../../../telemetry/langfuse/build-trace.ts';
import { Langfuse } from '../../../telemetry/langfuse/langfuse.ts';
import type { Disclosure, Trace } from '../../../telemetry/langfuse/observation.ts';
import { NotWanted } from '../../../telemetry/shipping/courier.ts';
import type { Shipment } from '../../../telemetry/shipping/spool.ts';
import { LangfuseServer, totalsOf } from '../../support/langfuse-server.ts';
import { EVENTS, SUBJECT } from '../../support/trace-events.ts';

const shipment: Shipment = {
  ...{ id: 'job-1', stream: 'job-1', run: 1, after: 0, attempt: 2, left: true, done: [] },
  since: '2026-01-01T00:00:00.000Z',
};
const OPEN: Disclosure = { prompts: true, toolDetails: true };

async function* all(): AsyncGenerator<(typeof EVENTS)[number]> {
  yield* await Promise.resolve(EVENTS);
}
const traceOf = (disclosed: Disclosure, disk = 'disk'): Promise<Trace> =>
  buildTrace({ shipment, subject: SUBJECT, events: all(), disk, disclosed });

let server: LangfuseServer;
let langfuse: Langfuse;
beforeAll(async () => {
  server = await new LangfuseServer().start();
  langfuse = new Langfuse({ host: `${server.url}/`, ...server.keys, serviceName: 'agenticore' });
});
beforeEach(() => {
  server.mood = 200;
  server.spans.clear();
});
afterAll(async () => {
  await langfuse.close();
  await server.stop();
});

describe('the trace of a job', () => {
  test('has all its agents, calls of models and tools, with the true times, and the totals of the record', async () => {
    await langfuse.send(await traceOf(OPEN));
    const spans = [...server.spans.values()];
    const { cost, ...usage } = totalsOf(spans);
    expect(usage).toEqual(SUBJECT.spent.usage);
    expect(cost).toBeCloseTo(0.75, 10);
    const named = (name: string) => spans.filter(({ span }) => span.name === name);
    expect(named('job')).toMatchObject([
      {
        span: { startTimeUnixNano: '1767225600000000000', endTimeUnixNano: '1767225660000000000' },
        attributes: {
          'langfuse.trace.name': 'job',
          'user.id': 'ann',
          'session.id': 'session-1',
          'langfuse.trace.tags': ['profile:code', 'agent:claude', 'repo:git.example.org/acme/app'],
          'langfuse.trace.metadata.pr_url': 'https://pr/7',
          'langfuse.observation.input': 'the secret task',
          'langfuse.observation.output': 'the secret answer',
        },
      },
    ]);
    expect(named('job')[0]?.span.parentSpanId).toBeFalsy();
    expect(new Set(spans.map(({ span }) => span.traceId)).size).toBe(1);
    expect(named('claude-x')).toHaveLength(5);
    const [task] = named('Task').filter(({ attributes }) => attributes['langfuse.observation.level'] === undefined);
    expect(named('Read')[0]?.span.parentSpanId).toBe(task?.span.spanId);
    expect(named('Bash')[0]?.attributes).toMatchObject({
      'langfuse.observation.type': 'tool',
      'langfuse.observation.level': 'ERROR',
      'langfuse.observation.input': '{"command":"make"}',
    });
    expect(named('agent, attempt 1')[0]?.attributes['langfuse.observation.status_message']).toBe('it was cut off');
    expect(named('delivering')[0]?.span.startTimeUnixNano).toBe('1767225621000000000');
  });

  test('counts the model that chose the profile, of which no event tells', async () => {
    const usage = { input_tokens: 1, output_tokens: 2, cache_read_tokens: 3, cache_creation_tokens: 4 };
    const times = { started_at: '2026-01-01T00:00:00.000Z', ended_at: '2026-01-01T00:00:01.000Z' };
    const chosen = { ...shipment, choice: { ...times, usage, cost_usd: 0.01 } };
    const known = { subject: SUBJECT, events: all(), disk: 'disk', disclosed: OPEN };
    await langfuse.send(await buildTrace({ ...known, shipment: chosen }));
    const spans = [...server.spans.values()];
    expect(totalsOf(spans)).toMatchObject({ input_tokens: 61, output_tokens: 32, cost: 0.76 });
    const [choice] = spans.filter(({ span }) => span.name === 'choose profile');
    const [job] = spans.filter(({ span }) => span.name === 'job');
    expect(choice?.span.parentSpanId).toBe(job?.span.spanId);
  });

  test('is replaced when it is sent again, and no second one comes to be', async () => {
    await langfuse.send(await traceOf(OPEN));
    const first = [...server.spans.keys()];
    await langfuse.send(await traceOf(OPEN));
    expect([...server.spans.keys()]).toEqual(first);
  });

  test('tells neither prompts nor answers, nor what tools are, unless that is set', async () => {
    await langfuse.send(await traceOf({ prompts: false, toolDetails: false }));
    const text = JSON.stringify([...server.spans.values()]);
    for (const word of ['secret', 'Bash', 'make', 'no rule', 'text of a', 'pass@']) expect(text).not.toContain(word);
    expect(text).toContain('claude-x');
  });

  test('is told in part, and without its beginning, by a host that was not the last', async () => {
    await langfuse.send(await traceOf(OPEN, 'another disk'));
    const spans = [...server.spans.values()];
    const part = spans.map(({ span }) => span.spanId);
    expect(spans.some(({ span }) => span.name === 'job')).toBe(false);
    await langfuse.send(await traceOf(OPEN));
    const root = [...server.spans.values()].find(({ span }) => span.name === 'job');
    expect(server.spans.size).toBe(part.length + 1);
    const agent = spans.find(({ span }) => span.name === 'agent, attempt 1');
    expect(agent?.span.parentSpanId).toBe(root?.span.spanId);
  });
});

test('a Langfuse that does not take a trace is told from one that does, without its keys', async () => {
  const said = async (): Promise<Error> =>
    langfuse.send(await traceOf(OPEN)).then(
      () => Promise.reject(new Error('it was taken')),
      (error: Error) => error,
    );
  server.mood = 401;
  expect(await said()).toMatchObject({ message: 'it answered 401' });
  server.mood = 413;
  expect(await said()).toBeInstanceOf(NotWanted);
  server.mood = 200;
  await langfuse.send(await traceOf(OPEN));
  expect(server.spans.size).toBeGreaterThan(10);
});
