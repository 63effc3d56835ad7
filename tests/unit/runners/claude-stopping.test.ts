import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { bash, inOrder } from '../../support/model/scripts.ts';
import type { ScriptedModel } from '../../support/model/scripted-model.ts';
import {
  collect,
  createPlayground,
  nothingLeft,
  processesNamed,
  type Playground,
  runTask,
} from '../../support/model-agent.ts';
import { needs } from '../../support/needs.ts';
import { gate, withModel } from '../../support/model-server.ts';
import { until } from '../../support/until.ts';

let place: Playground;
beforeEach(() => {
  place = createPlayground();
});
afterEach(() => place.remove());

/** Seconds of a sleep that nobody else sleeps, so that it is found by its command line. */
let seconds: string;
beforeEach(() => {
  seconds = `10${String(Math.random()).slice(2, 9)}`;
});
const sleepers = (): Promise<unknown[]> => processesNamed(`sleep ${seconds}`);
const withSleeper = (body: (model: ScriptedModel) => Promise<void>): Promise<void> => {
  const cutOff = `env -i $(which setsid) $(which sleep) ${seconds} > /dev/null 2>&1 & echo started`;
  return withModel(inOrder(bash(cutOff), bash(`env sleep ${seconds}`), { text: 'done' }), body);
};

describe.each([
  ['auto', needs('bwrap')],
  ['off', test],
] as const)('with sandbox %s', (sandbox, runTest) => {
  runTest.each([
    ['a cancellation', new Error('cancelled')],
    ['a kill', { kill: true }],
  ])('%s ends the agent and what it started in sessions of its own', async (_, reason) => {
    await withSleeper(async (model) => {
      const run = place.run(model.url, { sandbox });
      const stop = new AbortController();
      const events = collect(runTask(run, stop.signal));
      events.catch(() => undefined);
      await until(async () => (await sleepers()).length >= 2);
      stop.abort(reason);
      await expect(events).rejects.toBe(reason);
      expect(await sleepers()).toEqual([]);
      expect(await nothingLeft(run)).toBe(true);
    });
  });

  runTest('what the agent left running is gone when its end is seen', async () => {
    const script = inOrder(bash(`env -i $(which setsid) $(which sleep) ${seconds} > /dev/null 2>&1 & echo started`), {
      text: 'done',
    });
    await withModel(script, async (model) => {
      for await (const event of runTask(place.run(model.url, { sandbox }), new AbortController().signal)) {
        if (event.type === 'tool_result') await until(async () => (await sleepers()).length > 0);
        if (event.type === 'run_ended') expect(await sleepers()).toEqual([]);
      }
    });
  });

  runTest('a reader who leaves early leaves nothing behind', async () => {
    await withSleeper(async (model) => {
      const run = place.run(model.url, { sandbox });
      for await (const event of runTask(run, new AbortController().signal)) {
        if (event.type === 'tool_result') break;
      }
      expect(await sleepers()).toEqual([]);
      expect(await nothingLeft(run)).toBe(true);
    });
  });
});

test('a cancelled run keeps in its session what was said', async () => {
  const held = gate();
  const script = inOrder([{ text: 'Half of ' }, { hold: held.opened }]);
  await withModel(script, async (model) => {
    const run = place.run(model.url);
    const reason = new Error('cancelled');
    const stop = new AbortController();
    const events = (async (): Promise<void> => {
      for await (const event of runTask(run, stop.signal)) if (event.type === 'text_delta') stop.abort(reason);
    })();
    await expect(events).rejects.toBe(reason);
    held.open();
    await collect(
      runTask({ ...run, resume: true, prompt: 'Go on.', messageId: randomUUID() }, new AbortController().signal),
    );
    expect(JSON.stringify(model.turns().at(-1)?.body?.messages)).toContain('Half of ');
  });
});

test('a run that is cancelled before it begins starts nothing', async () => {
  await withModel(inOrder({ text: 'done' }), async (model) => {
    const reason = new Error('too late');
    await expect(collect(runTask(place.run(model.url), AbortSignal.abort(reason)))).rejects.toBe(reason);
    expect(model.requests).toEqual([]);
  });
});
