import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sessions } from '../../../runners/claude/sessions.ts';
import { bash, fixingAgent, inOrder } from '../../support/model/scripts.ts';
import {
  collect,
  createPlayground,
  nothingLeft,
  only,
  type Playground,
  resultOf,
  runTask,
  type AgentTask,
} from '../../support/model-agent.ts';
import { gate, withModel } from '../../support/model-server.ts';
import { until } from '../../support/until.ts';

const never = new AbortController().signal;
const readTranscript = async (run: AgentTask): Promise<string> => {
  const path = await sessions.find(run.configDir, run.sessionId);
  return path === undefined ? '' : readFile(path, 'utf8');
};
let place: Playground;
beforeEach(() => {
  place = createPlayground();
});
afterEach(() => place.remove());

test('a resumed session knows what was said, and counts only its own usage and cost', async () => {
  await withModel(inOrder({ text: 'ok' }), async (model) => {
    const first = place.run(model.url, { prompt: 'remember the fox' });
    const one = resultOf(await collect(runTask(first, never)), 'succeeded');
    const second = { ...first, resume: true, prompt: 'who was it?', messageId: randomUUID() };
    const events = await collect(runTask(second, never));
    expect(only(events, 'started')).toMatchObject([{ resumed: true, session_id: first.sessionId }]);
    const two = resultOf(events, 'succeeded');
    expect(two.usage).toEqual(one.usage);
    expect(two.cost_usd).toBeCloseTo(one.cost_usd ?? Number.NaN, 10);
    expect(model.turns('remember the fox').at(-1)?.conversation?.latest).toBe('who was it?');
  });
});

test('two forks of one session know what was said in it, end in sessions of their own, and leave it as it was', async () => {
  await withModel(inOrder({ text: 'ok' }), async (model) => {
    const first = place.run(model.url, { prompt: 'remember the fox' });
    await collect(runTask(first, never));
    const before = await readTranscript(first);
    const forks = ['who was it?', 'where was it?'].map((prompt) =>
      place.run(model.url, { prompt, forkOf: first.sessionId }),
    );
    const ends = await Promise.all(forks.map((fork) => collect(runTask(fork, never))));
    for (const [i, fork] of forks.entries()) {
      expect(ends[i]?.at(-1)).toMatchObject({
        type: 'run_ended',
        result: { status: 'succeeded', session_id: fork.sessionId, num_turns: 1 },
      });
      expect(await readTranscript(fork)).toContain('remember the fox');
    }
    expect(model.turns('remember the fox').map((turn) => turn.conversation?.latest)).toEqual(
      expect.arrayContaining(['who was it?', 'where was it?']),
    );
    expect(await readTranscript(first)).toBe(before);
  });
});

test('a fork that died is resumed with its own words', async () => {
  await withModel(inOrder({ text: 'ok' }), async (model) => {
    const first = place.run(model.url, { prompt: 'remember the fox' });
    await collect(runTask(first, never));
    const fork = place.run(model.url, { prompt: 'who was it?', forkOf: first.sessionId });
    await collect(runTask(fork, never));
    const again = await collect(runTask(fork, never));
    expect(again.map(({ type }) => type)).toEqual(['run_ended']);
    expect(resultOf(again, 'succeeded').session_id).toBe(fork.sessionId);
  });
});

test('a message that was answered already is done with the earlier words, and the model is not asked again', async () => {
  await withModel(inOrder({ text: 'the answer' }), async (model) => {
    const run = place.run(model.url);
    await collect(runTask(run, never));
    const asked = model.turns().length;
    const events = await collect(runTask({ ...run, resume: true }, never));
    expect(events.at(-1)).toMatchObject({
      type: 'run_ended',
      result: { status: 'succeeded', text: 'the answer', cost_usd: 0 },
    });
    expect(model.turns()).toHaveLength(asked);
  });
});

test('a session that a dead run had begun is resumed although nobody asked for that', async () => {
  await withModel(inOrder({ text: 'the answer' }), async (model) => {
    const run = place.run(model.url);
    await collect(runTask(run, never));
    const events = await collect(runTask(run, never));
    expect(events.map(({ type }) => type)).toEqual(['run_ended']);
  });
});

test('a run that was killed goes on where it was: what has a result is not done again', async () => {
  const held = gate();
  const script = fixingAgent({
    commands: ['echo one >> log', { command: 'echo two >> log', hold: held.opened }, 'cat log'],
  });
  await withModel(script, async (model) => {
    const run = place.run(model.url);
    const kill = new AbortController();
    const first = collect(runTask(run, kill.signal));
    first.catch(() => undefined);
    await model.waitFor(({ conversation }) => conversation?.calls.length === 1);
    // The CLI records a result some time after it has sent it to the model.
    await until(async () => (await readTranscript(run)).includes('"tool_result"'));
    kill.abort({ kill: true });
    await expect(first).rejects.toEqual({ kill: true });
    expect(await nothingLeft(run)).toBe(true);
    held.open();
    const events = await collect(runTask({ ...run, resume: true }, never));
    expect(events[0]).toMatchObject({ type: 'started', resumed: true });
    expect(only(events, 'tool_result').at(-1)?.content).toBe('one\ntwo');
    expect(events.at(-1)).toMatchObject({ result: { status: 'succeeded' } });
  });
});

test('a run that was killed before the model said anything asks it again', async () => {
  const held = gate();
  const script = async (): Promise<{ text: string }> => held.opened.then(() => ({ text: 'the answer' }));
  await withModel(script, async (model) => {
    const run = place.run(model.url);
    const kill = new AbortController();
    const first = collect(runTask(run, kill.signal));
    first.catch(() => undefined);
    await model.waitFor(({ conversation }) => conversation !== null);
    await until(async () => (await readTranscript(run)).includes(run.messageId));
    kill.abort({ kill: true });
    await expect(first).rejects.toEqual({ kill: true });
    held.open();
    const events = await collect(runTask({ ...run, resume: true }, never));
    expect(events.at(-1)).toMatchObject({
      type: 'run_ended',
      result: { status: 'succeeded', text: 'the answer', num_turns: 1 },
    });
  });
});

test('appended words stand in the system prompt as they are', async () => {
  await withModel(inOrder({ text: 'ok' }), async (model) => {
    await collect(runTask(place.run(model.url, { systemPrompt: 'Mind the @gap and `!date`.' }), never));
    expect(model.turns()[0]?.conversation?.system).toContain('Mind the @gap and `!date`.');
  });
});

test('words before a tool call are not the last words', async () => {
  await withModel(inOrder(bash('true', 'First.'), { text: 'Last.' }), async (model) => {
    const { text } = resultOf(await collect(runTask(place.run(model.url), never)), 'succeeded');
    expect(text).toBe('Last.');
  });
});
