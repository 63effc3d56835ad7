import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { chat, servePackage, type ChatAnswer } from '../support/chat.ts';
import type { Product } from '../support/product.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let product: Product;
beforeAll(async () => {
  world = await createWorld({ script: ({ latest }) => ({ text: `I heard ${latest.slice(-40)}.` }) });
  product = await world.start('serve', { env: await servePackage(world, 'helper') });
});
afterAll(() => world.end());

type Said = { role: 'user' | 'assistant' | 'system'; content: string };
const user = (content: string): Said => ({ role: 'user', content });
const assistant = (content: string): Said => ({ role: 'assistant', content });

const ask = (messages: Said[], headers: Record<string, string> = {}): Promise<ChatAnswer> =>
  chat(product.url, { model: 'helper', messages }, headers);

/** Everything that the model was told when it heard `text`, once for each time. */
const told = (text: string): string[] =>
  world.model.requests
    .filter(({ conversation }) => conversation?.latest.includes(text))
    .map(({ body }) => JSON.stringify(body));
const session = (answer: ChatAnswer): unknown => answer.summary?.session_id;

test('a chat goes on in its session, by its history alone; two that begin alike share nothing', async () => {
  const [one, other] = [await ask([user('hi')]), await ask([user('hi')])];
  expect(one.content).toBe('I heard hi.');
  expect(session(one)).not.toBe(session(other));
  const own = await ask([user('my fox')]);
  const talk = [user('my fox'), assistant(own.content)];
  const next = await ask([...talk, user('and its den')]);
  expect(session(next)).toBe(session(own));
  expect(told('its den')).toEqual([expect.stringContaining('my fox')]);
});

test('an edited history is a branch: the agent is sent what was said before it, and nothing of what followed', async () => {
  const id = { 'x-openwebui-chat-id': randomUUID() };
  const first = await ask([user('the oak')], id);
  const talk = [user('the oak'), assistant(first.content)];
  const second = await ask([...talk, user('the elm')], id);
  expect(session(second)).toBe(session(first));
  const edited = await ask([...talk, user('the ash')], id);
  expect(session(edited)).not.toBe(session(first));
  expect(told('the ash')[0]).toMatch(/the oak.*the ash/);
  expect(told('the ash')[0]).not.toContain('the elm');
  expect(told('the ash')[0]).not.toContain('<conversation>');
});

test('the same history again is answered anew, and its agent does not know the answer before', async () => {
  const id = { 'x-openwebui-chat-id': randomUUID() };
  const first = await ask([user('the lark')], id);
  const talk = [user('the lark'), assistant(first.content), user('the wren')];
  const [one, other] = [await ask(talk, id), await ask(talk, id)];
  expect(session(other)).not.toBe(session(one));
  expect(told('the wren')).toHaveLength(2);
  expect(told('the wren')[1]).toMatch(/I heard the lark\..*the wren/);
  expect(told('the wren')[1]).not.toContain('I heard the wren');
  const retried = await ask(talk, { ...id, 'x-stainless-retry-count': '1' });
  expect([retried.content, session(retried)]).toEqual([other.content, session(other)]);
  expect(told('the wren')).toHaveLength(2);
});

test.each([
  ['words', '### Task:\nTell the title of the heron', {}],
  ['a header', 'Tell the tags of the heron', { 'x-agenticore-task': 'tags_generation' }],
])('what a client asks for itself, by %s, has no tools and is in no conversation', async (_how, text, header) => {
  const id = { 'x-openwebui-chat-id': randomUUID(), ...header };
  const titles = [await ask([user(text)], id), await ask([user(text)], id)];
  for (const { headers } of titles) expect(headers['x-agenticore-conversation-tier']).toBe('ephemeral');
  expect(new Set(titles.map(session)).size).toBe(2);
  const bodies = world.model.requests
    .map(({ body }) => body)
    .filter((body) => JSON.stringify(body).includes(text.slice(-20)));
  expect(bodies).toHaveLength(2);
  for (const body of bodies) expect(body?.tools ?? []).toEqual([]);
});

test('users of one key who name their conversation alike share nothing', async () => {
  const id = { 'x-conversation-id': randomUUID() };
  const [one, other] = [
    await ask([user('my number is 471100')], { ...id, 'x-user-id': 'alice' }),
    await ask([user('what did I say')], { ...id, 'x-user-id': 'bob' }),
  ];
  expect(session(one)).not.toBe(session(other));
  expect(told('what did I say')[0]).not.toContain('471100');
});

test.each([
  ['a conversation id', (): Record<string, string> => ({ 'x-openwebui-chat-id': randomUUID() })],
  ['an Idempotency-Key', (): Record<string, string> => ({ 'idempotency-key': randomUUID() })],
])('three equal requests at once with %s run once', async (name, make) => {
  const headers = make();
  const text = `once with ${name}`;
  const answers = await Promise.all([1, 2, 3].map(() => ask([user(text)], headers)));
  expect(new Set(answers.map(({ content }) => content))).toEqual(new Set([`I heard ${text}.`]));
  expect(told(text)).toHaveLength(1);
});

test('toggles alone start nothing; "/clear" and "/model x" reach the model as text', async () => {
  const before = world.model.requests.length;
  const shown = await ask([user('/hide-all')], { 'x-openwebui-chat-id': randomUUID() });
  expect(shown.content).toContain('"show_tools":false');
  expect(world.model.requests).toHaveLength(before);
  for (const text of ['/clear', '/model x']) expect((await ask([user(text)])).content).toBe(`I heard ${text}.`);
});
