import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { streamText } from 'ai';
import OpenAI from 'openai';
import { servePackage } from '../support/chat.ts';
import type { Conversation } from '../support/model/conversation.ts';
import type { Reply } from '../support/model/reply.ts';
import type { Product } from '../support/product.ts';
import { createWorld, type World } from '../support/world.ts';

const MODEL = 'helper';
const TEXT = 'I will run it.\n\nAll done.';
const MESSAGES = [{ role: 'user' as const, content: 'use a tool' }];

let world: World;
let product: Product;

function script({ latest, calls }: Conversation): Reply {
  if (latest.includes('bad key')) return { status: 401 };
  if (calls.length > 0) return { text: 'All done.' };
  return [{ thinking: 'Let me see.' }, { text: 'I will run it.' }, { tool: 'Bash', input: { command: 'echo one' } }];
}

beforeAll(async () => {
  world = await createWorld({ script });
  product = await world.start('serve', { env: await servePackage(world, MODEL) });
});
afterAll(() => world.end());

const openai = (): OpenAI => new OpenAI({ baseURL: `${product.url}/v1`, apiKey: 'none', maxRetries: 0 });

test("OpenAI's SDK streams the text once, with reasoning and tokens, and sees no tool call of its own", async () => {
  const stream = openai().chat.completions.stream({
    ...{ model: MODEL, messages: MESSAGES, stream_options: { include_usage: true } },
  });
  let reasoning = '';
  for await (const { choices } of stream)
    reasoning += (choices[0]?.delta as { reasoning_content?: string } | undefined)?.reasoning_content ?? '';
  const { choices, usage } = await stream.finalChatCompletion();
  expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: TEXT } });
  expect(choices[0]?.message.tool_calls ?? []).toEqual([]);
  expect(usage).toMatchObject({
    prompt_tokens: 30,
    completion_tokens: 10,
    prompt_tokens_details: { cached_tokens: 6 },
  });
  expect(reasoning).toContain('Let me see.');
  expect(reasoning).toContain('▶ Bash `echo one`');
});

test("OpenAI's SDK gets the answer as a whole, lists the models, and throws the error of a run with its code", async () => {
  const { id, choices } = await openai().chat.completions.create({ model: MODEL, messages: MESSAGES });
  expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: TEXT } });
  expect((await openai().chat.completions.retrieve(id)).choices[0]?.message.content).toBe(TEXT);
  expect((await openai().models.list()).data).toMatchObject([{ id: MODEL, owned_by: 'agenticore' }]);
  const failing = { model: MODEL, messages: [{ role: 'user' as const, content: 'bad key' }] };
  const streamed = async (): Promise<void> => {
    for await (const chunk of await openai().chat.completions.create({ ...failing, stream: true })) void chunk;
  };
  await expect(streamed()).rejects.toMatchObject({ code: 'agent_auth_failed' });
  await expect(openai().chat.completions.create(failing)).rejects.toMatchObject({
    ...{ status: 500, code: 'agent_auth_failed' },
  });
});

test('the AI SDK streams text and reasoning without an error of a tool', async () => {
  const provider = createOpenAICompatible({ name: 'agenticore', baseURL: `${product.url}/v1`, includeUsage: true });
  const { fullStream } = streamText({ model: provider(MODEL), messages: MESSAGES });
  const [parts, types] = [{ text: '', reasoning: '' }, new Set<string>()];
  let usage: unknown;
  for await (const part of fullStream) {
    types.add(part.type);
    if (part.type === 'text-delta') parts.text += part.text;
    if (part.type === 'reasoning-delta') parts.reasoning += part.text;
    if (part.type === 'finish') usage = part.totalUsage;
  }
  expect(parts.text).toBe(TEXT);
  expect(parts.reasoning).toContain('Let me see.');
  for (const type of ['tool-call', 'tool-error', 'error']) expect(types).not.toContain(type);
  expect(usage).toMatchObject({ inputTokens: 30, outputTokens: 10 });
});
