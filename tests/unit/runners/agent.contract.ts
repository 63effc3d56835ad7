import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { AgentEvent } from '../../../contract/shared/events.ts';
import { runOnce, type Agent, type AgentRun, type Conversation } from '../../../runners/agent.ts';
import type { Reply } from '../../support/model/reply.ts';
import { inOrder } from '../../support/model/scripts.ts';
import { nothingLeft, only, resultOf, type Playground } from '../../support/model-agent.ts';
import { gate, withModel } from '../../support/model-server.ts';

/** An agent, and what a test must know to make it work. */
interface AgentUnderTest {
  agent: Agent;
  createPlayground: () => Playground;
  /** A run whose tool calls wait for a decision. */
  asking: Partial<AgentRun>;
  /** A tool call that runs `command` in a shell. */
  shell: (command: string) => Reply;
}

/** The events of one answer. */
async function readAnswer(conversation: Conversation): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  for await (const event of conversation.events()) {
    events.push(event);
    if (event.type === 'run_ended') break;
  }
  return events;
}

const message = (text: string): { id: string; text: string; timeoutMs: number } => ({
  id: randomUUID(),
  text,
  timeoutMs: 60_000,
});
const never = new AbortController().signal;

/** What every agent must do. */
export function describeAgent({ agent, createPlayground, asking, shell }: AgentUnderTest): void {
  let place: Playground;
  beforeEach(() => {
    place = createPlayground();
  });
  afterEach(() => place.remove());

  /** Opens a conversation for `body` and ends it afterwards; then nothing of the agent lives. */
  async function converse(run: AgentRun, body: (conversation: Conversation) => Promise<void>): Promise<void> {
    const conversation = await agent.open(run, never);
    try {
      await body(conversation);
    } finally {
      await conversation.close();
    }
    expect(await nothingLeft(run)).toBe(true);
  }

  test('one process answers message after message, with an end, a usage and a cost for each', async () => {
    await withModel(inOrder({ text: 'ok' }), async (model) => {
      await converse(place.run(model.url), async (conversation) => {
        conversation.send(message('remember the fox'));
        const one = resultOf(await readAnswer(conversation), 'succeeded');
        conversation.send(message('who was it?'));
        const events = await readAnswer(conversation);
        const two = resultOf(events, 'succeeded');
        expect(only(events, 'run_ended')).toHaveLength(1);
        expect([one.session_id, two.session_id]).toEqual([conversation.session, conversation.session]);
        expect(two.usage).toEqual(one.usage);
        expect(two.cost_usd).toBeCloseTo(one.cost_usd ?? Number.NaN, 10);
        expect(JSON.stringify(model.turns().at(-1)?.body)).toContain('remember the fox');
      });
    });
  });

  test('a message is refused while an answer is under way', async () => {
    const held = gate();
    await withModel(inOrder([{ hold: held.opened }, { text: 'ok' }]), async (model) => {
      await converse(place.run(model.url), async (conversation) => {
        conversation.send(message('first'));
        expect(() => conversation.send(message('second'))).toThrow('has not finished');
        held.open();
        resultOf(await readAnswer(conversation), 'succeeded');
      });
    });
  });

  test.each([true, false])('a tool call waits for its decision, and runs when it is allowed (%s)', async (allow) => {
    const file = join(place.root, 'work/made.txt');
    await withModel(inOrder(shell(`touch ${file}`), { text: 'ok' }), async (model) => {
      await converse(place.run(model.url, asking), async (conversation) => {
        const events: AgentEvent[] = [];
        conversation.send(message('make the file'));
        for await (const event of conversation.events()) {
          events.push(event);
          if (event.type === 'run_ended') break;
          if (event.type !== 'approval_requested') continue;
          expect(existsSync(file)).toBe(false);
          conversation.answer(event.id, allow ? { allow } : { allow, reason: 'not this file' });
          expect(() => conversation.answer(event.id, { allow: true })).toThrow('does not wait');
        }
        const [asked] = only(events, 'approval_requested');
        expect(only(events, 'tool_use').map(({ id }) => id)).toEqual([asked?.tool_use_id]);
        expect(only(events, 'approval_resolved')).toMatchObject([
          { id: asked?.id, decision: allow ? 'allowed' : 'denied' },
        ]);
        resultOf(events, 'succeeded');
        expect(existsSync(file)).toBe(allow);
        expect(JSON.stringify(model.turns().at(-1)?.body).includes('not this file')).toBe(!allow);
      });
    });
  });

  test('an interrupted answer ends as interrupted, and the next one knows what was said', async () => {
    const held = gate();
    const script = inOrder([{ text: 'Half of ' }, { hold: held.opened }]);
    await withModel(script, async (model) => {
      await converse(place.run(model.url), async (conversation) => {
        conversation.send(message('say it'));
        const events: AgentEvent[] = [];
        for await (const event of conversation.events()) {
          events.push(event);
          if (event.type === 'text_delta') conversation.interrupt();
          if (event.type === 'run_ended') break;
        }
        expect(resultOf(events, 'interrupted').session_id).toBe(conversation.session);
        held.open();
        conversation.send(message('go on'));
        resultOf(await readAnswer(conversation), 'succeeded');
        expect(JSON.stringify(model.turns().at(-1)?.body)).toContain('Half of ');
      });
    });
  });

  test('an interrupt while a decision is awaited withdraws the question', async () => {
    const file = join(place.root, 'work/made.txt');
    await withModel(inOrder(shell(`touch ${file}`), { text: 'ok' }), async (model) => {
      await converse(place.run(model.url, asking), async (conversation) => {
        conversation.send(message('do it'));
        const events: AgentEvent[] = [];
        for await (const event of conversation.events()) {
          events.push(event);
          if (event.type === 'approval_requested') conversation.interrupt();
          if (event.type === 'run_ended') break;
        }
        resultOf(events, 'interrupted');
        expect(only(events, 'approval_resolved').map(({ decision }) => decision)).toEqual(['cancelled']);
      });
    });
  });

  test.each([undefined, { kill: true as const }])(
    'close(%j) in the middle of an answer ends the agent with everything it started',
    async (reason) => {
      const held = gate();
      await withModel(inOrder([{ text: 'Half of ' }, { hold: held.opened }]), async (model) => {
        const run = place.run(model.url);
        const conversation = await agent.open(run, never);
        conversation.send(message('say it'));
        for await (const event of conversation.events()) if (event.type === 'text_delta') break;
        await conversation.close(reason);
        expect(await nothingLeft(run)).toBe(true);
        held.open();
      });
    },
  );

  test('a run of one message ends in exactly one run_ended, and then nothing of the agent lives', async () => {
    await withModel(inOrder(shell('echo seen'), { text: 'done' }), async (model) => {
      const run = place.run(model.url);
      const events: AgentEvent[] = [];
      for await (const event of runOnce(agent, run, message('look'), never)) {
        events.push(event);
        if (event.type === 'run_ended') expect(await nothingLeft(run)).toBe(true);
      }
      expect(only(events, 'run_ended')).toHaveLength(1);
      expect(resultOf(events, 'succeeded')).toMatchObject({ text: 'done', session_id: run.sessionId });
      expect(await agent.sessions.find(run.configDir, run.sessionId)).toBeDefined();
    });
  });
}
