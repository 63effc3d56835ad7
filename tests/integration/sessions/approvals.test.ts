import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AGENT_NAMES } from '../../../contract/shared/agents.ts';
import type { ApprovalAsked } from '../../../contract/workflow/approval-state.ts';
import type { Conversation } from '../../support/model/conversation.ts';
import type { Part, Reply } from '../../support/model/reply.ts';
import { bash } from '../../support/model/scripts.ts';
import { startSessionHost, type PlayedSession, type SessionHost } from '../../support/session-host.ts';
import { until } from '../../support/until.ts';
import { writeProfile } from '../../support/world.ts';

let host: SessionHost;
let script: (conversation: Conversation) => Reply | Promise<Reply> = () => ({ text: 'ok' });

/** Asks for the calls at once, and is done when they have results. */
const calling =
  (...calls: Part[][]) =>
  ({ calls: made }: Conversation): Reply =>
    made.length === 0 ? calls.flat() : { text: 'done' };

const asked = (session: PlayedSession, count: number): Promise<ApprovalAsked[]> =>
  until(async () => {
    const told = await session.approvals();
    return told.asked.length >= count && told.asked;
  });

const inWorktree = (session: PlayedSession, name: string): boolean =>
  existsSync(join(host.dir, 'data', 'worktrees', session.id, name));

beforeAll(async () => {
  host = await startSessionHost((conversation) => script(conversation));
});
afterAll(() => host.end());

describe.each(AGENT_NAMES)('a tool call of %s in a session that asks', (agent) => {
  const answer = (session: PlayedSession, { id }: ApprovalAsked, allow: boolean): Promise<void> =>
    session.do('answerApproval', { approval_id: id, allow, reason: allow ? '' : 'not this one' });

  test('waits for its decision beside another one: one file is made, and the model reads the refusal', async () => {
    script = calling(bash('touch one'), bash('touch two'));
    const session = await host.session({ agent, approvals: 'ask' });
    await session.begin();
    const turn = session.turn('make both');
    // The CLI may ask for the second when the first is decided.
    for (const count of [1, 2]) {
      const call = (await asked(session, count))[count - 1]!;
      expect(call.id).toMatch(/^apr_[0-9a-f]{24}$/);
      await answer(session, call, call.input.includes('touch one'));
    }
    const [one, two] = (await asked(session, 2)).sort((a, b) => (a.input < b.input ? -1 : 1)) as [
      ApprovalAsked,
      ApprovalAsked,
    ];
    await expect(turn).resolves.toMatchObject({ status: 'succeeded', output: 'done' });
    expect([inWorktree(session, 'one'), inWorktree(session, 'two')]).toEqual([true, false]);
    expect(JSON.stringify(host.model.turns('make both').at(-1)?.body)).toContain('not this one');
    const events = (await session.events()).map(({ event }) => event);
    expect(events.filter(({ type }) => type === 'approval_requested')).toHaveLength(2);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'approval_resolved', id: one.id, decision: 'allowed' }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'approval_resolved', id: two.id, decision: 'denied' }),
    );
    await expect(answer(session, one, true)).rejects.toMatchObject({
      cause: { cause: { type: 'approval_gone' } },
    });
    await session.leave();
  });

  test('that is made twice is asked for twice, under ids of their own', async () => {
    script = ({ calls }) => (calls.length < 2 ? bash('touch same') : { text: 'done' });
    const session = await host.session({ agent, approvals: 'ask' });
    await session.begin();
    const turn = session.turn('make it twice');
    const [first] = await asked(session, 1);
    if (first !== undefined) await answer(session, first, true);
    const [, second] = await asked(session, 2);
    expect(second?.id).not.toBe(first?.id);
    if (second !== undefined) await answer(session, second, true);
    await expect(turn).resolves.toMatchObject({ status: 'succeeded' });
    await session.leave();
  });

  test('is withdrawn when the answer is interrupted, and the next message is answered by the same agent', async () => {
    script = ({ latest, calls }) =>
      latest.includes('thanks') ? { text: 'welcome' } : calls.length === 0 ? bash('touch never') : { text: 'done' };
    const session = await host.session({ agent, approvals: 'ask' });
    await session.begin();
    const turn = session.turn('make it');
    const [waiting] = await asked(session, 1);
    await session.cancel();
    await expect(turn).resolves.toMatchObject({ status: 'interrupted' });
    await until(async () => (await session.approvals()).withdrawn.some(({ id }) => id === waiting?.id));
    await session.leave();
    await expect(session.run('thanks')).resolves.toMatchObject({ output: 'welcome', warm: true });
    expect(inWorktree(session, 'never')).toBe(false);
  });

  test('is decided by the rules of the profile where they say so', async () => {
    await writeProfile(
      host,
      'ruled',
      'extends: code\napprovals:\n  allow: ["Bash(touch:*)"]\n  ask: ["Bash(touch secret*)"]\n  deny: ["Bash(mkdir:*)"]\n',
    );
    script = calling(bash('touch free'), bash('mkdir nothing'), bash('touch secret'));
    const session = await host.session({ agent, approvals: 'ask', profile: 'ruled' });
    await session.begin();
    const turn = session.turn('make three');
    const [only] = await asked(session, 1);
    expect(only?.input).toContain('touch secret');
    if (only !== undefined) await answer(session, only, true);
    await expect(turn).resolves.toMatchObject({ status: 'succeeded' });
    expect((await session.approvals()).asked).toHaveLength(1);
    expect(['free', 'nothing', 'secret'].map((name) => inWorktree(session, name))).toEqual([true, false, true]);
    await session.leave();
  });
});
