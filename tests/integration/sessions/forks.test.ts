import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskId } from '../../../workers/host-settings.ts';
import type { AgentName } from '../../../contract/shared/agents.ts';
import type { TurnAnswer } from '../../../contract/workflow/run-state.ts';
import type { ForkedConversation } from '../../../contract/workflow/session-state.ts';
import type { Conversation } from '../../support/model/conversation.ts';
import type { Reply } from '../../support/model/reply.ts';
import { startSessionHost, type PlayedSession, type SessionHost } from '../../support/session-host.ts';

const script = ({ latest }: Conversation): Reply => ({ text: `I heard ${latest.split('\n').at(-1)?.slice(0, 40)}.` });

let root: string;
let host: SessionHost;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'agenticore-forks-'));
  host = await startSessionHost(script, { AGENTICORE_SHARED_FS_ROOT: root });
});
afterAll(async () => {
  await host.end();
  await rm(root, { recursive: true });
});

describe.each<AgentName>(['claude', 'codex'])('a fork, with %s,', (agent) => {
  /** Everything that the model was told when it last heard `text`. */
  const told = (text: string): string =>
    JSON.stringify(host.model.requests.findLast(({ conversation }) => conversation?.latest.includes(text))?.body);
  const fork = async (
    { id }: PlayedSession,
    { agent_session }: TurnAnswer,
    more: Partial<ForkedConversation>,
  ): Promise<PlayedSession> => {
    const disk = await diskId(join(host.dir, 'data'));
    const conversation = { session_id: id, agent_session, disk, runs: 1, without: [], ...more };
    return host.session({ agent, fork: { session_id: id, run_id: null, conversation, base: null } });
  };

  test('knows the runs that are meant and no other, and leaves its source as it was', async () => {
    const source = await host.session({ agent });
    const first = await source.run('the fox');
    await source.run('the hen');
    await source.run('the cat');
    const kept = join(host.dir, 'data', 'transcripts', source.id, `${first.agent_session}.jsonl`);
    const before = await readFile(kept, 'utf8');
    const copy = await fork(source, first, { runs: 2 });
    const answer = await copy.run('the dog');
    expect(answer).toMatchObject({ output: 'I heard the dog.', restarted: false, warm: false });
    expect(answer.agent_session).not.toBe(first.agent_session);
    expect(told('the dog')).toMatch(/the fox.*I heard the fox.*the hen.*I heard the hen.*the dog/);
    expect(told('the dog')).not.toContain('the cat');
    await copy.run('the owl', { cold: true });
    await copy.run('the bee');
    expect(told('the bee')).toMatch(/the hen.*the dog.*I heard the dog.*the owl.*I heard the owl.*the bee/);
    expect(await readFile(kept, 'utf8')).toBe(before);
    expect(await source.run('the ant')).toMatchObject({ warm: true });
    expect(told('the ant')).toMatch(/the fox.*the hen.*the cat.*the ant/);
    expect(told('the ant')).not.toContain('the dog');
    const again = await fork(copy, answer, { runs: 1 });
    await again.run('the elk');
    expect(told('the elk')).toMatch(/the fox.*the hen.*the dog.*the elk/);
    expect(told('the elk')).not.toMatch(/the owl|the bee/);
  });

  test('ends before a run that went first and is not meant', async () => {
    const source = await host.session({ agent });
    const first = await source.run('the fox');
    await source.run('the hen');
    await source.run('the cat');
    await (await fork(source, first, { runs: 3, without: [2] })).run('the dog');
    expect(told('the dog')).toContain('the fox');
    expect(told('the dog')).not.toMatch(/the hen|the cat/);
  });

  test('of a session that is closed begins with what was kept of it', async () => {
    const source = await host.session({ agent });
    const first = await source.run('the fox', { cold: true });
    await source.do('closeSession', {});
    expect(await (await fork(source, first, {})).run('the dog')).toMatchObject({ restarted: false });
    expect(told('the dog')).toMatch(/the fox.*I heard the fox.*the dog/);
  });

  test('of a session of another disk begins with what the shared store has of it, else anew', async () => {
    const source = await host.session({ agent });
    const first = await source.run('the fox');
    await source.run('the hen');
    const disk = '00000000-0000-4000-8000-000000000000';
    expect(await (await fork(source, first, { disk })).run('the dog')).toMatchObject({ restarted: false });
    expect(told('the dog')).toMatch(/the fox.*I heard the fox.*the dog/);
    expect(told('the dog')).not.toContain('the hen');
    await source.do('closeSession', {});
    const lost = await fork(source, first, { disk });
    expect(await lost.run('the elk')).toMatchObject({ restarted: true });
    expect((await lost.events()).map(({ event }) => event.type)).toContain('restarted');
    expect(told('the elk')).toMatch(/User: the fox.*You: I heard the fox\..*the elk/);
    expect(told('the elk')).not.toContain('the hen');
  });
});
