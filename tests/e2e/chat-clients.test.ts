import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import OpenAI from 'openai';
import { loadConfig } from '../../config/index.ts';
import { pythonWithClients } from '../../scripts/python-clients.ts';
import { askAiSdk, askAiSdkResponses, askOpenAi, startPythonClients, type AskClient } from '../support/chat-clients.ts';
import { chat, servePackage, type ChatAnswer } from '../support/chat.ts';
import { gate } from '../support/model-server.ts';
import type { Conversation } from '../support/model/conversation.ts';
import type { Reply } from '../support/model/reply.ts';
import type { Product } from '../support/product.ts';
import { startProxy, type Proxy } from '../support/proxy.ts';
import { createWorld, type World } from '../support/world.ts';

const MODEL = 'helper';
const CODE_OF_BAD_KEY = 'agent_auth_failed';
const CODE = 'Here:\n\n```py\nif x:\n    /show-tools\n\treturn "é🙂"\n```\n\n  two  spaces';
const TEXT = `I will run it.\n\n${CODE}`;

/** What LibreChat's client of OpenAI's API sends, with the headers of docs/clients. */
const LIBRECHAT = (conversation: string, person: string): Record<string, string> => ({
  ...{ accept: 'application/json', authorization: 'Bearer none', 'user-agent': 'ChatOpenAI/JS 5.12.2' },
  ...{ 'x-stainless-lang': 'js', 'x-stainless-runtime': 'node', 'x-stainless-retry-count': '0' },
  ...{ 'x-librechat-conversation-id': conversation, 'x-user-id': person },
});
/** How LibreChat asks for a title by its two methods. */
const TITLES = [
  'Provide a concise, 5-word-or-less title for the conversation, using title case conventions. Only return the title itself.\n\nConversation:\n',
  'Analyze this conversation and provide:\n1. The detected language of the conversation\n2. A concise title in the detected language (5 words or less, no punctuation or quotation)\n\n',
];

const python = pythonWithClients(loadConfig().cacheDir);
const clients = python === undefined ? undefined : startPythonClients(python);
/** Answers that are held back until the connection of their client has been broken. */
const held = new Map<string, ReturnType<typeof gate>>();
let world: World;
let product: Product;
let proxy: Proxy;

async function script({ latest, calls }: Conversation): Promise<Reply> {
  if (latest.includes('bad key')) return { status: 401 };
  if (latest.includes('go on')) return { text: 'I went on.' };
  await [...held].find(([id]) => latest.includes(id))?.[1].opened;
  if (calls.length > 0) return { text: CODE };
  return [{ thinking: 'Let me see.' }, { text: 'I will run it.' }, { tool: 'Bash', input: { command: 'echo one' } }];
}

beforeAll(async () => {
  world = await createWorld({ script });
  product = await world.start('serve', { env: await servePackage(world, MODEL) });
  proxy = await startProxy(new URL(product.url).host);
});
afterAll(async () => {
  clients?.stop();
  await proxy?.close();
  await world?.end();
});

const user = (content: string) => ({ role: 'user' as const, content });
const asking = (content: string, stream: boolean) => ({
  ...{ base_url: `${product.url}/v1`, model: MODEL, messages: [user(content)] },
  ...{ stream, headers: {}, retries: 0 },
});
const whole = {
  ...{ text: TEXT, reasoning: expect.stringContaining('Let me see.'), tool_calls: 0, finish: 'stop', error: null },
  usage: { input: 30, output: 10, cached: 6 },
};

describe.each<[string, AskClient | undefined, { kind: string; code: string | null }]>([
  ["OpenAI's SDK for Node", askOpenAi, { kind: 'APIError', code: CODE_OF_BAD_KEY }],
  ["OpenAI's SDK for Python", clients?.openai, { kind: 'APIError', code: CODE_OF_BAD_KEY }],
  // It has kinds of errors of its own for a stream, which have no code.
  ['LiteLLM', clients?.litellm, { kind: 'MidStreamFallbackError', code: null }],
  ['the AI SDK', askAiSdk, { kind: 'error', code: CODE_OF_BAD_KEY }],
  ['the AI SDK by the Responses API', askAiSdkResponses, { kind: 'error', code: CODE_OF_BAD_KEY }],
])('%s', (name, client, streamed) => {
  const it = client === undefined ? test.skip : test;
  const ask: AskClient = (asked) => (client ?? askOpenAi)(asked);

  it('gets each text once and byte for byte, reasoning, tokens and no tool call; its next message goes on there', async () => {
    const asked = asking(`${name}: use a tool, please.\n${CODE}`, true);
    const told = await ask(asked);
    expect(told).toEqual(whole);
    expect(told.reasoning).toContain('▶ Bash `echo one`');
    const [first] = world.model.turns(`${name}: use`);
    expect(first?.conversation?.latest).toBe(asked.messages[0]?.content);
    const messages = [...asked.messages, { role: 'assistant' as const, content: told.text }, user('go on')];
    expect(await ask({ ...asked, messages })).toMatchObject({ text: 'I went on.', finish: 'stop' });
    const next = world.model.turns(`${name}: use`).at(-1)?.conversation;
    expect(next).toMatchObject({ latest: 'go on', session: first?.conversation?.session });
  });

  it('throws an error of its own with the words of the agent', async () => {
    const { error, text } = await ask(asking(`${name}: bad key`, true));
    expect(error).toMatchObject({ ...streamed, message: expect.stringContaining('set ANTHROPIC_API_KEY') });
    expect(text).toBe('');
  });

  // The AI SDK streams here: it cannot ask again in the middle.
  if (client === askAiSdk || client === askAiSdkResponses) return;

  it('throws the same for an answer as a whole, which came with status 500', async () => {
    const { error } = await ask({ ...asking(`${name}: bad key`, false), retries: 2 });
    expect(error).toMatchObject({ kind: 'InternalServerError', code: CODE_OF_BAD_KEY });
    expect(world.model.turns(`${name}: bad key`)).toHaveLength(2);
  });

  it('asks again when its connection breaks, and gets the one answer that there is', async () => {
    const id = randomUUID();
    const kept = gate();
    held.set(id, kept);
    const base_url = `http://${proxy.address}/v1`;
    const answer = ask({ ...asking(`${id}: use a tool`, false), base_url, retries: 2 });
    await world.model.waitFor(({ conversation }) => conversation?.latest.includes(id) === true);
    await proxy.drop();
    kept.open();
    expect(await answer).toEqual(whole);
    expect(world.model.turns(id)).toHaveLength(2);
  });
});

test("OpenAI's SDK reads a stored answer, and lists the models", async () => {
  const openai = new OpenAI({ baseURL: `${product.url}/v1`, apiKey: 'none' });
  const { id } = await openai.chat.completions.create({ model: MODEL, messages: [user('use a tool')] });
  expect((await openai.chat.completions.retrieve(id)).choices[0]?.message.content).toBe(TEXT);
  expect((await openai.models.list()).data).toMatchObject([{ id: MODEL, owned_by: 'agenticore' }]);
});

test('LibreChat goes on in one session; its request for a title under the same conversation adds no turn', async () => {
  const [conversation, person] = [randomUUID(), '66f0c0ffee0c0ffee0c0ffee'];
  const send = (content: string, before: object[], more: object = {}): Promise<ChatAnswer> => {
    const body = { model: MODEL, user: person, stream: true, stream_options: { include_usage: true }, ...more };
    return chat(
      product.url,
      { ...body, messages: [...before, { role: 'user', content }] },
      LIBRECHAT(conversation, person),
    );
  };
  const first = await send('LibreChat: use a tool', []);
  for (const words of TITLES) {
    const title = await send(`${words}User: LibreChat: use a tool\nAI: ${first.content}`, [], { temperature: 0.2 });
    expect(title).toMatchObject({ content: 'ok', finish: 'stop' });
    expect(title.headers['x-agenticore-conversation-tier']).toBe('ephemeral');
  }
  // It keeps texts and thoughts apart, and joins the texts by line ends.
  const kept = `I will run it.\n\n\n${CODE}`;
  const before = [user('LibreChat: use a tool'), { role: 'assistant', content: kept }];
  const next = await send('go on', before);
  expect(next).toMatchObject({ content: 'I went on.', summary: { session_id: first.summary?.session_id } });
  expect(next.headers['x-agenticore-conversation-tier']).toBe('conversation');
  expect(world.model.turns('LibreChat: use a tool')).toHaveLength(3);
});
