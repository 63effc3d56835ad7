import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStore } from '../../../store/file-store.ts';
import { Contents } from '../../../store/contents.ts';
import type { Conversation } from '../../support/model/conversation.ts';
import type { Reply } from '../../support/model/reply.ts';
import { startSessionHost, type SessionHost } from '../../support/session-host.ts';

const script = ({ latest }: Conversation): Reply => ({ text: `I heard ${latest.split('\n').at(-1)?.slice(0, 40)}.` });
const jobFiles = (host: SessionHost, id: string): string => join(host.dir, 'data', 'jobs', id);

describe('a session whose host has lost its files', () => {
  let root: string;
  let host: SessionHost;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'agenticore-shared-'));
    host = await startSessionHost(script, { AGENTICORE_SHARED_FS_ROOT: root });
  });
  afterAll(async () => {
    await host.end();
    await rm(root, { recursive: true });
  });

  test('goes on in its conversation from the shared store, which forgets it when it is closed', async () => {
    const session = await host.session();
    const first = await session.run('the fox', { cold: true });
    await rm(jobFiles(host, session.id), { recursive: true });
    const second = await session.run('the hen', { prepare: true });
    expect(second).toMatchObject({ restarted: false, warm: false, agent_session: first.agent_session });
    expect(JSON.stringify(host.model.turns('the fox').at(-1)?.body?.messages)).toContain('I heard the fox.');
    const kept = await readdir(join(root, 'store', 'sessions', session.id));
    expect(kept).toHaveLength(2);
    await session.do('closeSession', {});
    await expect(readdir(join(root, 'store', 'sessions', session.id))).resolves.toEqual([]);
  });

  test('is not answered by an agent that has missed what another host did', async () => {
    const session = await host.session();
    await session.run('the fox');
    const folder = join(root, 'store', 'sessions', session.id);
    const turn = JSON.parse(await readFile(join(folder, 'turn.json'), 'utf8')) as { token: string; run: number };
    const store = new FileStore(join(root, 'store'), { isShared: true });
    const token = randomUUID();
    const transcript = await readFile(join(folder, `${turn.token}.jsonl`), 'utf8');
    await store.put(`sessions/${session.id}/${token}.jsonl`, Buffer.from(transcript.replaceAll('the fox', 'the owl')));
    await store.put(`sessions/${session.id}/turn.json`, Buffer.from(JSON.stringify({ ...turn, token })));
    expect(await session.run('the hen')).toMatchObject({ warm: false, restarted: false });
    expect(JSON.stringify(host.model.turns('the owl').at(-1)?.body?.messages)).toContain('I heard the owl.');
  });

  test('reads a long message and a picture from the store', async () => {
    const contents = new Contents(new FileStore(join(root, 'store'), { isShared: true }));
    const long = `long ${'word '.repeat(20_000)}end`;
    const picture = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    const content = await contents.put(Buffer.from(long), 'text/plain');
    const image = await contents.put(picture, 'image/png');
    const session = await host.session();
    await session.begin();
    const notes = [{ role: 'system' as const, text: 'the sky is green' }];
    await session.turn('', { message: { id: randomUUID(), content, images: [image] }, notes });
    const sent = JSON.stringify(host.model.turns(long.slice(0, 30)).at(-1)?.body?.messages);
    expect(sent).toContain('word end');
    expect(sent).toContain(picture.toString('base64'));
    expect(sent).toContain('<note from=\\"system\\">\\nthe sky is green');
    const missing = { ...content, sha256: '0'.repeat(64) };
    await expect(session.turn('', { message: { id: randomUUID(), content: missing } })).rejects.toMatchObject({
      cause: { cause: { type: 'content_not_found' } },
    });
    await session.leave();
  });
});

describe('a session whose host has lost its files, where no store is shared', () => {
  let host: SessionHost;
  beforeAll(async () => {
    host = await startSessionHost(script);
  });
  afterAll(() => host.end());

  test('begins anew with what was said, and says so', async () => {
    const session = await host.session();
    const first = await session.run('the fox', { cold: true });
    await rm(jobFiles(host, session.id), { recursive: true });
    const second = await session.run('the hen', { prepare: true });
    expect(second).toMatchObject({ restarted: true, generation: first.generation + 1, output: 'I heard the hen.' });
    expect(second.agent_session).not.toBe(first.agent_session);
    const told = host.model.turns().at(-1)?.conversation;
    expect(told?.task).toMatch(/User: the fox\n\nYou: I heard the fox\.\n\n<\/conversation>.*\n\nthe hen$/s);
    const heard = (await session.events()).flatMap(({ event }) => (event.type === 'user_message' ? event.text : []));
    expect(heard).toEqual(['the fox', 'the hen']);
    expect((await session.events()).map(({ event }) => event.type)).toContain('restarted');
    expect(await session.run('the dog')).toMatchObject({ restarted: false, warm: true });
  });
});
