import { resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { AgentEvent } from '../../../contract/shared/events.ts';
import { bash, inOrder } from '../../support/model/scripts.ts';
import {
  collect,
  createPlayground,
  MODEL_KEY,
  only,
  type Playground,
  resultOf,
  runTask,
  type AgentTask,
} from '../../support/model-agent.ts';
import { withModel } from '../../support/model-server.ts';

const never = new AbortController().signal;
const nowhere = 'http://127.0.0.1:9';
let place: Playground;
beforeEach(() => {
  place = createPlayground();
});
afterEach(() => place.remove());

const collectRun = (run: AgentTask): Promise<AgentEvent[]> => collect(runTask(run, never));
const fake = (prompt: string): Promise<AgentEvent[]> =>
  collectRun(place.run(nowhere, { prompt, binary: resolve('tests/fixtures/fake-agent.mjs') }));

test('a refused key fails at the first refusal, with the remedy and without the key', async () => {
  await withModel(inOrder({ status: 401, error: 'invalid x-api-key' }), async (model) => {
    const events = await collectRun(place.run(model.url));
    expect(events.at(-1)).toMatchObject({ type: 'run_ended', result: { status: 'failed', code: 'agent_auth_failed' } });
    const failed = resultOf(events, 'failed');
    expect(failed.message).toContain('claude setup-token');
    expect(failed.message).not.toContain(MODEL_KEY);
    expect(model.turns().length).toBeLessThan(3);
  });
});

test.each([
  [400, 'agent_failed'],
  [403, 'agent_auth_failed'],
] as const)('an answer %i of the API, which the CLI calls success, is the failure %s', async (status, code) => {
  await withModel(inOrder({ status, error: 'prompt is too long: 300000 tokens > 200000 maximum' }), async (model) => {
    const events = await collectRun(place.run(model.url));
    expect(resultOf(events, 'failed')).toMatchObject({ code, usage: { input_tokens: 0 } });
    expect(only(events, 'text')).toEqual([]);
  });
});

test('a limit without an end in sight is rate_limited', async () => {
  await withModel(
    inOrder({ status: 429, error: 'limit reached', headers: { 'retry-after': '3600' } }),
    async (model) => {
      expect((await collectRun(place.run(model.url))).at(-1)).toMatchObject({
        type: 'run_ended',
        result: { status: 'failed', code: 'rate_limited' },
      });
    },
  );
});

test('a window that does not refuse requests says nothing about how long a refusal lasts', async () => {
  const failed = resultOf(await fake('short limit'), 'failed');
  expect(failed.code).toBe('rate_limited');
  expect(failed.retry_after_ms).toBeUndefined();
});

test.each(['limit reached', 'limit of one window'])(
  'a limit with a reset time says how long to wait: %s',
  async (act) => {
    const failed = resultOf(await fake(act), 'failed');
    expect(failed.code).toBe('rate_limited');
    expect(failed.retry_after_ms).toBeGreaterThan(3_500_000);
    expect(failed.retry_after_ms).toBeLessThanOrEqual(3_600_000);
  },
);

test('an overloaded API is tried again by the CLI, and every try is an event', async () => {
  let asked = 0;
  const script = (): { status: number } | { text: string } => (asked++ === 0 ? { status: 529 } : { text: 'done' });
  await withModel(script, async (model) => {
    const events = await collectRun(place.run(model.url));
    expect(only(events, 'retrying')).toMatchObject([{ reason: 'overloaded 529', attempt: 1 }]);
    expect(events.at(-1)).toMatchObject({ result: { status: 'succeeded' } });
  });
});

test.each([
  [529, 'model_overloaded'],
  [500, 'model_overloaded'],
  [429, 'rate_limited'],
] as const)('a model that answers %i for as long as it is waited for is %s', async (status, code) => {
  await withModel(inOrder({ status, headers: { 'retry-after': '1' } }), async (model) => {
    const begun = performance.now();
    const failed = resultOf(await collectRun(place.run(model.url, { modelWaitMs: 1_500 })), 'failed');
    expect(failed).toMatchObject({ code, message: expect.stringContaining('for 1.5 s') });
    expect(performance.now() - begun).toBeLessThan(20_000);
  });
});

test('a model that answers in time was waited for', async () => {
  let asked = 0;
  const script = (): { status: number } | { text: string } => (asked++ === 0 ? { status: 529 } : { text: 'done' });
  await withModel(script, async (model) => {
    const events = await collectRun(place.run(model.url, { modelWaitMs: 20_000 }));
    expect(resultOf(events, 'succeeded').text).toBe('done');
  });
});

test('a missing program is agent_missing', async () => {
  const events = await collectRun(place.run(nowhere, { binary: '/nowhere/claude' }));
  expect(events).toMatchObject([{ type: 'run_ended', result: { status: 'failed', code: 'agent_missing' } }]);
});

test.each([400, 413, 422])(
  'a session that the API refuses with %i can never be resumed, nor forked',
  async (status) => {
    const ended = await withModel(inOrder({ text: 'first' }), async (model) => {
      const run = place.run(model.url);
      resultOf(await collectRun(run), 'succeeded');
      return run;
    });
    const refused = inOrder({ status, error: 'thinking blocks in the latest assistant message cannot be modified' });
    await withModel(refused, async (model) => {
      const { sessionId } = ended;
      const failed = resultOf(await collectRun(place.run(model.url, { sessionId, resume: true })), 'failed');
      expect(failed).toMatchObject({ code: 'session_not_found', message: expect.stringContaining('does not take') });
      const fork = resultOf(await collectRun(place.run(model.url, { forkOf: sessionId })), 'failed');
      expect(fork.code).toBe('session_not_found');
    });
  },
);

test('a refusal after the model has spoken is no reason to give a session up', async () => {
  const [first, second] = [inOrder({ text: 'first' }), inOrder(bash('echo one'), { status: 400, error: 'bad' })];
  const { sessionId } = await withModel(first, async (model) => {
    const run = place.run(model.url);
    await collectRun(run);
    return run;
  });
  await withModel(second, async (model) => {
    const failed = resultOf(await collectRun(place.run(model.url, { sessionId, resume: true })), 'failed');
    expect(failed.code).toBe('agent_failed');
  });
});

test('a session without a transcript is session_not_found', async () => {
  const events = await collectRun(place.run(nowhere, { resume: true }));
  expect(events.at(-1)).toMatchObject({ type: 'run_ended', result: { status: 'failed', code: 'session_not_found' } });
});

test('an agent that dies without a result is agent_stopped, with its last words and no secrets', async () => {
  const failed = resultOf(await fake('dies'), 'failed');
  expect(failed).toMatchObject({ code: 'agent_stopped' });
  expect(failed.message).toContain('exit 3');
  expect(failed.message).toContain('cannot go on with <ANTHROPIC_API_KEY>');
});

test('a megabyte on stderr stops nobody', async () => {
  expect((await fake('much stderr')).at(-1)).toMatchObject({
    type: 'run_ended',
    result: { status: 'succeeded', cost_usd: 0.5 },
  });
});

test('a line of 5 MB arrives whole', async () => {
  const events = await fake('long line');
  expect(only(events, 'text').map(({ text }) => text.length)).toEqual([5 * 1024 * 1024]);
  expect(events.at(-1)).toMatchObject({ result: { status: 'succeeded' } });
});

test('lines that are no message or of an unknown kind are passed over', async () => {
  expect(await fake('odd lines')).toMatchObject([{ type: 'run_ended', result: { status: 'succeeded' } }]);
});

test('long results of tools and long last words are cut, and the cut is told', async () => {
  const events = await fake('big result');
  expect(only(events, 'tool_result')).toMatchObject([{ content: 'é'.repeat(524_288), truncated_bytes: 151_424 }]);
  expect(resultOf(events, 'succeeded').text).toHaveLength(50_000);
});

test('an agent that goes on too long is stopped with timeout', async () => {
  const events = await collectRun(
    place.run(nowhere, { prompt: 'be silent', binary: resolve('tests/fixtures/fake-agent.mjs'), timeoutMs: 300 }),
  );
  expect(events).toMatchObject([{ type: 'run_ended', result: { status: 'failed', code: 'timeout' } }]);
});
