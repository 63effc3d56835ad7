import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { AgentEvent } from '../../../contract/shared/events.ts';
import type { Conversation } from '../../support/model/conversation.ts';
import type { Reply } from '../../support/model/reply.ts';
import {
  collect,
  createPlayground,
  nothingLeft,
  only,
  type AgentTask,
  type Playground,
  resultOf,
  runTask,
} from '../../support/model-agent.ts';
import { gate, withModel } from '../../support/model-server.ts';

const never = new AbortController().signal;
let place: Playground;
beforeEach(() => {
  place = createPlayground();
});
afterEach(() => place.remove());

/** The CLI's own cost of one call of the scripted model (USD). */
const CALL_USD = 0.0001506;

const background = (command: string): Reply => ({
  tool: 'Bash',
  input: { command, description: 'Work for later', run_in_background: true },
});

/** A model that calls `first` once, and says `first words`, and other words whenever it is asked again. */
const thenSpeaks = (first: Reply): ((conversation: Conversation) => Reply) => {
  let asked = 0;
  return ({ calls }) => (calls.length === 0 ? first : { text: asked++ === 0 ? 'first words' : 'last words' });
};

const limits = (backgroundMs: number): AgentTask['limits'] => ({ startMs: 60_000, stallMs: 60_000, backgroundMs });

/** All events of a run, and the number of calls of the model. */
async function runWith(
  script: (conversation: Conversation) => Reply | Promise<Reply>,
  changes: Partial<AgentTask> = {},
): Promise<{ events: AgentEvent[]; calls: number }> {
  return withModel(script, async (model) => {
    const run = place.run(model.url, changes);
    const events = await collect(runTask(run, never));
    expect(await nothingLeft(run)).toBe(true);
    return { events, calls: model.turns().length };
  });
}

const made = (name: string): boolean => existsSync(join(place.root, 'work', name));

test('a command in the background that ends is waited for, and the answer is what the agent says then', async () => {
  const { events, calls } = await runWith(thenSpeaks(background('sleep 1; touch late.txt')));
  const end = resultOf(events, 'succeeded');
  expect(made('late.txt')).toBe(true);
  expect(end.text).toBe('last words');
  expect(calls).toBe(3);
  expect(end.cost_usd).toBeCloseTo(3 * CALL_USD, 7);
  expect(end.usage.input_tokens).toBe(30);
  expect(only(events, 'warning')).toEqual([]);
  expect(only(events, 'started')).toHaveLength(1);
  expect(only(events, 'run_ended')).toHaveLength(1);
});

test('a command that never ends is stopped after its time, and named in a warning', async () => {
  const { events } = await runWith(thenSpeaks(background('sleep 1234')), { limits: limits(500) });
  expect(resultOf(events, 'succeeded').text).toBe('first words');
  expect(only(events, 'warning')).toEqual([
    { type: 'warning', message: expect.stringMatching(/background did not end within 0.5 s .* sleep 1234$/) },
  ]);
});

test('a subagent in the background is waited for as long as it works, whatever time commands have', async () => {
  const script = ({ task, calls }: Conversation): Reply => {
    if (task.includes('SUBTASK'))
      return calls.length === 0
        ? { tool: 'Bash', input: { command: 'sleep 2; touch sub.txt', description: 'x' } }
        : { text: 'sub done' };
    const prompt = { description: 'sub', prompt: 'SUBTASK', subagent_type: 'general-purpose', run_in_background: true };
    return calls.length === 0 ? { tool: 'Agent', input: prompt } : { text: made('sub.txt') ? 'it is made' : 'I wait' };
  };
  const { events, calls } = await runWith(script, { limits: limits(100) });
  expect(resultOf(events, 'succeeded').text).toBe('it is made');
  expect(resultOf(events, 'succeeded').cost_usd).toBeCloseTo(calls * CALL_USD, 7);
  expect(only(events, 'warning')).toEqual([]);
});

test('a monitor is waited for until it ends, and the agent speaks at what it reports', async () => {
  const input = {
    command: 'sleep 1; echo one; sleep 1; touch end.txt; echo two',
    description: 'watch',
    timeout_ms: 60_000,
  };
  const { events } = await runWith(thenSpeaks({ tool: 'Monitor', input }), { limits: limits(100) });
  expect(made('end.txt')).toBe(true);
  expect(resultOf(events, 'succeeded').text).toBe('last words');
});

test('at the time limit of the answer a monitor that still runs is stopped, and the words of the agent count', async () => {
  const input = { command: 'sleep 1234', description: 'watch', timeout_ms: 60_000 };
  const { events } = await runWith(thenSpeaks({ tool: 'Monitor', input }), { timeoutMs: 8_000 });
  expect(resultOf(events, 'succeeded').text).toBe('first words');
  expect(only(events, 'warning')[0]?.message).toContain('ran until the time limit and was stopped: sleep 1234');
});

test('what ends while the agent says its last words is told to it before the answer ends', async () => {
  const held = gate();
  let asked = 0;
  const script = async ({ calls }: Conversation): Promise<Reply> => {
    if (calls.length === 0) return background('until [ -e go ]; do sleep 0.05; done; touch late.txt');
    if (asked++ === 0) {
      writeFileSync(join(place.root, 'work', 'go'), '');
      await held.opened;
      return { text: 'first words' };
    }
    return { text: 'last words' };
  };
  const until = setInterval(() => {
    if (made('late.txt')) held.open();
  }, 50);
  const { events } = await runWith(script);
  clearInterval(until);
  expect(resultOf(events, 'succeeded').text).toBe('last words');
});

test('a cancelled run ends what it waits for', async () => {
  const script = thenSpeaks(background('sleep 1234'));
  await withModel(script, async (model) => {
    const run = place.run(model.url);
    const stop = new AbortController();
    const reason = new Error('cancelled');
    const read = async (): Promise<void> => {
      for await (const event of runTask(run, stop.signal)) if (event.type === 'text') stop.abort(reason);
    };
    await expect(read()).rejects.toBe(reason);
    expect(await nothingLeft(run)).toBe(true);
  });
});
