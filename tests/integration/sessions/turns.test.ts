import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Conversation } from '../../support/model/conversation.ts';
import type { Reply } from '../../support/model/reply.ts';
import { startSessionHost, type SessionHost } from '../../support/session-host.ts';

let host: SessionHost;
let script: (conversation: Conversation) => Reply | Promise<Reply> = () => ({ text: 'ok' });

describe('the agent of a session', () => {
  beforeAll(async () => {
    host = await startSessionHost((conversation) => script(conversation));
  });
  afterAll(() => host.end());

  test('answers message after message in one conversation, whether it was kept or is started again', async () => {
    script = ({ latest }) => ({ text: `I heard ${latest}.` });
    const session = await host.session();
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
    expect(JSON.stringify(asked?.body?.messages)).toMatch(
      /the fox.*I heard the fox.*the hen.*I heard the hen.*the cat.*the dog/,
    );
    const events = await session.events();
    expect(events.filter(({ event }) => event.type === 'run_ended').map(({ run }) => run)).toEqual([1, 2, 3, 4]);
  });
});
