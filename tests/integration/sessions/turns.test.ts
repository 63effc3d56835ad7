import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AGENT_NAMES } from '../../../contract/shared/agents.ts';
import type { Conversation } from '../../support/model/conversation.ts';
import type { Reply } from '../../support/model/reply.ts';
import { startSessionHost, type SessionHost } from '../../support/session-host.ts';

let host: SessionHost;
let script: (conversation: Conversation) => Reply | Promise<Reply> = () => ({ text: 'ok' });

beforeAll(async () => {
  host = await startSessionHost((conversation) => script(conversation));
});
afterAll(() => host.end());

describe.each(AGENT_NAMES)('%s as the agent of a session', (agent) => {
  test('answers message after message in one conversation, whether it was kept or is started again', async () => {
    script = ({ latest }) => ({ text: `I heard ${latest}.` });
    const session = await host.session({ agent });
    const first = await session.run('the fox');
    expect(first).toMatchObject({ status: 'succeeded', output: 'I heard the fox.', warm: false, restarted: false });
    const second = await session.run('the hen');
    const kept = join(host.dir, 'data', 'transcripts', session.id, `${first.agent_session}.jsonl`);
    expect(await readFile(kept, 'utf8')).toContain('I heard the hen.');
    expect(second).toMatchObject({ output: 'I heard the hen.', warm: true, agent_session: first.agent_session });
    await session.run('the cat', { cold: true });
    const third = await session.run('the dog');
    expect(third).toMatchObject({ output: 'I heard the dog.', warm: false, agent_session: first.agent_session });
    expect(third.spent.cost_usd).toBeCloseTo(first.spent.cost_usd ?? 0, 10);
    expect(second.spent.cost_usd).toBeCloseTo(first.spent.cost_usd ?? 0, 10);
    const asked = host.model.turns('the fox').at(-1);
    expect(JSON.stringify(asked?.body)).toMatch(/the fox.*I heard the fox.*the hen.*I heard the hen.*the cat.*the dog/);
    const events = await session.events();
    expect(events.filter(({ event }) => event.type === 'run_ended').map(({ run }) => run)).toEqual([1, 2, 3, 4]);
  });

  test('is told the instructions of a message from that message on, whether it was kept or is started again', async () => {
    const lastName = (system: string): string => [...system.matchAll(/I am (\w+)/g)].at(-1)?.[1] ?? 'nobody';
    script = ({ latest, system }) => ({ text: `${latest}: ${lastName(system)}` });
    const session = await host.session({ agent });
    const say = (text: string, instructions?: string, cold = false): Promise<string> =>
      session
        .run(text, {
          cold,
          message: { id: randomUUID(), text, ...(instructions && { instructions: { text: instructions } }) },
        })
        .then(({ output }) => output);
    expect(await say('one')).toBe('one: nobody');
    expect(await say('two', 'I am Ada')).toBe('two: Ada');
    expect(await say('three', 'I am Ada', true)).toBe('three: Ada');
    expect(await say('four', 'I am Bob')).toBe('four: Bob');
    const kept = await session.run('five', {
      message: { id: randomUUID(), text: 'five', instructions: { text: 'I am Bob' } },
    });
    expect(kept).toMatchObject({ output: 'five: Bob', warm: true });
  });

  test('has no tools and no servers where it only talks, but what Codex cannot leave out, which can write nothing', async () => {
    const input = '*** Begin Patch\n*** Add File: written.txt\n+hello\n*** End Patch\n';
    script = ({ calls }) =>
      agent === 'codex' && calls.length === 0 ? { tool: 'apply_patch', input } : { text: 'it is' };
    const session = await host.session({ agent, tools: 'none' });
    const before = host.model.requests.length;
    await session.run('what is it');
    const asked = host.model.requests
      .slice(before)
      .filter(({ body }) => JSON.stringify(body ?? {}).includes('what is it'));
    const tools = asked.flatMap(({ body }) => (body?.tools ?? []) as { name: string }[]);
    const left = agent === 'codex' ? ['apply_patch', 'request_user_input'] : [];
    expect([...new Set(tools.map(({ name }) => name))].sort()).toEqual(left);
    expect(await readdir(join(host.dir, 'data', 'worktrees', session.id))).toEqual([]);
  });

  test('fails at once where the model is not to be waited for, and is there for the next message', async () => {
    const session = await host.session({ agent, model_wait_s: 1 });
    script = () => ({ status: 529 });
    await session.begin();
    await expect(session.turn('anyone there')).rejects.toMatchObject({
      cause: { cause: { type: 'model_overloaded' } },
    });
    await session.leave(true);
    script = ({ latest }) => ({ text: `I heard ${latest}.` });
    expect((await session.run('and now')).output).toBe('I heard and now.');
  });
});
