import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditReply } from '../../contract/http/audit.ts';
import type { RunRecord } from '../../contract/http/run.ts';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import { chat, openChat, serveHub, type ChatStream } from '../support/chat.ts';
import type { Conversation } from '../support/model/conversation.ts';
import type { Reply } from '../support/model/reply.ts';
import { bash } from '../support/model/scripts.ts';
import { gate } from '../support/model-server.ts';
import { call, readUntil, type Product } from '../support/product.ts';
import { transcriptsIn } from '../support/sessions.ts';
import { goneWith } from '../support/strays.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

const TEXT = 'Once upon a time.';
const command = (more = ''): string => `claude:\n  permission_mode: bypassPermissions\n${more}`;

/** Stories are held back in the middle until these open; those of children never go on. */
let held = gate();
const heldLonger = gate();
const never = gate();
let world: World;
let api: Product;
let worker: Product;

/** A story is told when its agent has looked, and started a child that goes on without it. */
function script({ task, calls, said }: Conversation): Reply {
  // A tale has two texts.
  const end = { text: 'The end.' };
  if (task.includes('tale')) return said.includes(TEXT) ? end : [{ text: TEXT }, { hold: held.opened }, end];
  const [, child] = /child (\d+)/.exec(task) ?? [];
  if (task.includes('story') && calls.length === 0)
    return bash(child === undefined ? 'echo one' : `setsid sleep ${child} > /dev/null 2>&1 & echo one`, 'I look.');
  if (!task.includes('story')) return { text: 'All done.' };
  const until = child !== undefined ? never : task.includes('steady') ? heldLonger : held;
  return { text: TEXT, held: until.opened };
}

const startApi = (): Promise<Product> => world.start('serve', { args: ['--no-worker'] });

beforeAll(async () => {
  world = await createWorld({ script, env: { AGENTICORE_SEAT_TIMEOUT_S: '6', AGENTICORE_MAX_PARALLEL_JOBS: '5' } });
  const packages = { helper: command(), steady: command('chat:\n  on_disconnect: continue\n') };
  Object.assign(world.env, await serveHub(world, packages));
  api = await startApi();
  worker = await world.start('worker');
});
afterAll(() => world.end());

const story = (text: string, model = 'helper'): object => ({ model, messages: [{ role: 'user', content: text }] });

/** What a client has of a story whose teller has begun. */
interface Half {
  stream: ChatStream;
  content: string;
  lastId: string;
  run: string;
  session: string;
}

/** Reads a stream until its agent is in the middle of the story. */
async function half(body: object, headers: Record<string, string> = {}): Promise<Half> {
  const stream = await openChat(api.url, body, headers);
  const [session, run] = ['session', 'run'].map((name) => String(stream.headers[`x-agenticore-${name}-id`]));
  let content = '';
  for (;;) {
    const { value } = await stream.frames.next();
    content += value?.data?.choices?.[0]?.delta.content ?? '';
    if (content.includes('Once') || value === undefined)
      return { stream, content, lastId: value?.id ?? '', run: run ?? '', session: session ?? '' };
  }
}

/** The rest of a stream, as its client has it when what it was told to discard is gone. */
async function rest({ stream, content }: Half, next = stream): Promise<{ content: string; kinds: string[] }> {
  let said = content;
  const kinds: string[] = [];
  for await (const { data } of next.frames) {
    const choice = data?.choices?.[0];
    const kind = choice?.x_agenticore_event_type ?? choice?.finish_reason ?? data?.error?.code;
    if (typeof kind === 'string' && kind !== kinds.at(-1)) kinds.push(kind);
    if (kind === 'restarted')
      said = [...said].slice(0, [...said].length - Number(choice?.x_agenticore_discard_chars)).join('');
    said += choice?.delta.content ?? '';
  }
  return { content: said, kinds };
}

/** Resolves when the agent has written down that it has looked: it does so a moment after it was told the result. */
const hasNoted = ({ session }: Half): Promise<boolean> =>
  until(async () => (await transcriptsIn(join(world.dir, 'data'), session)).includes('"tool_result"'));

/** How often the model was asked to begin with a story, and to tell it. */
const asked = (task: string): [number, number] => {
  const turns = world.model.turns(task);
  const told = turns.filter(({ conversation }) => (conversation?.calls.length ?? 0) > 0).length;
  return [turns.length - told, told];
};

const audited = async (session: string): Promise<AuditReply> =>
  (await call<AuditReply>(api.url, `/sessions/${session}/audit`)).body;
const runIs = (id: string, ...statuses: string[]): Promise<unknown> =>
  readUntil<{ run?: RunRecord }>(api.url, `/runs/${id}`, ({ run }) => statuses.includes(run?.status ?? ''));

describe('when the API is killed in the middle of streams', () => {
  const id = { 'x-conversation-id': randomUUID() };
  const key = { 'idempotency-key': randomUUID() };
  let first: Half;
  let named: Half;
  let left: Half;
  let lost: Half;
  let steady: Half;

  beforeAll(async () => {
    [first, named, left, lost, steady] = await Promise.all([
      half(story('my story'), key),
      half(story('a named story'), id),
      half(story('a story with child 100011')),
      half(story('a story with child 100012')),
      half(story('a steady story', 'steady')),
    ]);
    // All seats are taken: this one waits.
    const task = await openChat(api.url, story('### Task:\nGive the story a title.'));
    const { value } = await task.frames.next();
    expect(value?.data).toBeUndefined();
    await task.frames.next();
    task.leave();
    await runIs(String(task.headers['x-agenticore-run-id']), 'cancelled');
    left.stream.leave();
    steady.stream.leave();
    await api.kill();
    api = await startApi();
  }, 120_000);

  test('a client that asks again gets the whole answer, and one that names its last event gets the rest', async () => {
    const again = openChat(api.url, story('my story'), { ...key, 'x-stainless-retry-count': '1' });
    const on = openChat(api.url, story('a named story'), { ...id, 'last-event-id': named.lastId });
    const [one, other] = await Promise.all([again, on]);
    expect([one, other].map(({ headers }) => headers['x-agenticore-run-id'])).toEqual([first.run, named.run]);
    const refused = async (headers: Record<string, string>): Promise<object> => {
      const { status, content, frames } = await chat(api.url, story('another story'), headers);
      return { status, content, frames: frames.length };
    };
    const nothing = { content: '', frames: 0 };
    expect(await refused(id)).toEqual({ status: 409, ...nothing });
    expect(await refused(key)).toEqual({ status: 422, ...nothing });
    held.open();
    expect(await rest({ ...first, content: '' }, one)).toMatchObject({ content: `I look.\n\n${TEXT}` });
    expect(await rest(named, other)).toEqual({ content: `I look.\n\n${TEXT}`, kinds: ['text', 'stop'] });
    for (const name of ['my story', 'a named story']) expect(asked(name)).toEqual([1, 1]);
    for (const { session } of [first, named])
      expect(await audited(session)).toMatchObject({ equal: true, differences: [] });
    const answers = await Promise.all([
      chat(api.url, story('my story'), key),
      chat(api.url, story('a named story'), { ...id, 'x-stainless-retry-count': '1' }),
    ]);
    for (const { content, finish } of answers)
      expect({ content, finish }).toEqual({ content: `I look.\n\n${TEXT}`, finish: 'stop' });
  });

  test.each([
    ['had gone before that', (): Half => left, '100011'],
    ['does not come back', (): Half => lost, '100012'],
  ])(
    'the turn of a client that %s ends after the grace, with what its agent had started',
    async (_who, whose, child) => {
      await goneWith(child);
      await runIs(whose().run, 'interrupted', 'cancelled');
    },
  );

  test('a turn that goes on without a client is told to the end', async () => {
    await runIs(steady.run, 'running');
    heldLonger.open();
    await runIs(steady.run, 'succeeded');
    const { body } = await call<{ choices: object[] }>(api.url, `/v1/chat/completions/chatcmpl-${steady.run}`);
    expect(body.choices).toMatchObject([{ finish_reason: 'stop', message: { content: `I look.\n\n${TEXT}` } }]);
  });
});

describe('a turn whose worker is killed in the middle of a text', () => {
  test('says in its stream what is void, and goes on; what the model had answered it is not asked again', async () => {
    held = gate();
    const begun = await half(story('a story of a worker'));
    await hasNoted(begun);
    await worker.kill();
    held.open();
    worker = await world.start('worker');
    const { content, kinds } = await rest(begun);
    expect({ content, kinds }).toEqual({ content: `I look.\n\n${TEXT}`, kinds: ['restarted', 'text', 'stop'] });
    expect(asked('a story of a worker')).toEqual([1, 2]);
    expect(await audited(begun.session)).toMatchObject({ equal: true, differences: [] });
  });

  test('has each text once where the worker dies between two, whether or not its agent remembers the first', async () => {
    held = gate();
    const begun = await half(story('a tale'));
    await readUntil<{ events: LoggedEvent[] }>(api.url, `/sessions/${begun.session}/events?limit=1000`, ({ events }) =>
      events.some(({ event }) => event.type === 'text'),
    );
    await worker.kill();
    held.open();
    worker = await world.start('worker');
    const { content, kinds } = await rest(begun);
    expect({ content, end: kinds.at(-1) }).toEqual({ content: `${TEXT}\n\nThe end.`, end: 'stop' });
    expect(await audited(begun.session)).toMatchObject({ equal: true, differences: [] });
  });

  test('is told whole to the client that asks again, where the API was killed with it', async () => {
    held = gate();
    const begun = await half(story('a story of both'));
    await hasNoted(begun);
    await Promise.all([worker.kill(), api.kill()]);
    held.open();
    [api, worker] = await Promise.all([startApi(), world.start('worker')]);
    const again = await openChat(api.url, story('a story of both'), { 'x-stainless-retry-count': '1' });
    expect(again.headers['x-agenticore-run-id']).toBe(begun.run);
    const { content, kinds } = await rest({ ...begun, content: '' }, again);
    expect({ content, end: kinds.at(-1) }).toEqual({ content: `I look.\n\n${TEXT}`, end: 'stop' });
    expect(asked('a story of both')).toEqual([1, 2]);
    expect(await audited(begun.session)).toMatchObject({ equal: true, differences: [] });
  });
});

test('a worker without the CLI is an error, never a stop', async () => {
  await worker.stop();
  worker = await world.start('worker', { env: { AGENTICORE_CLAUDE_BINARY: '/nowhere/claude' } });
  const { finish, error } = await chat(api.url, story('hello'));
  expect({ finish, error }).toMatchObject({ finish: null, error: { code: 'agent_missing' } });
});
