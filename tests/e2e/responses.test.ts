import { afterAll, beforeAll, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import type { Response as Reply, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { servePackage } from '../support/chat.ts';
import type { Conversation } from '../support/model/conversation.ts';
import type { Reply as ModelReply } from '../support/model/reply.ts';
import { gate } from '../support/model-server.ts';
import { call, type Product } from '../support/product.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

const model = 'helper';
const TEXT = 'I will run it.\n\nAll done.';

const held = gate();
let world: World;
let product: Product;
let env: Record<string, string>;
const start = (): Promise<Product> => world.start('serve', { env });

async function script({ latest, calls }: Conversation): Promise<ModelReply> {
  if (latest.includes('bad key')) return { status: 401 };
  if (latest.includes('wait')) await held.opened;
  if (latest.includes('tool') && calls.length === 0)
    return [{ thinking: 'Let me see.' }, { text: 'I will run it.' }, { tool: 'Bash', input: { command: 'echo one' } }];
  if (latest.includes('endless') && calls.length === 0)
    return [{ text: 'It begins.' }, { tool: 'Bash', input: { command: 'echo one' } }];
  if (latest.includes('endless')) await gate().opened;
  return { text: 'All done.' };
}

beforeAll(async () => {
  world = await createWorld({ script });
  const keys = { AGENTICORE_API_KEYS: 'alice=k1,bob=k2', AGENTICORE_SEAT_TIMEOUT_S: '4' };
  env = { ...(await servePackage(world, model)), ...keys };
  product = await start();
});
afterAll(() => world.end());

const openai = (apiKey = 'k1'): OpenAI => new OpenAI({ baseURL: `${product.url}/v1`, apiKey, maxRetries: 0 });
const respond = (input: string, more: object = {}): Promise<Reply> =>
  openai().responses.create({ model, input, ...more, stream: false });

/** What the model was shown last when it was told `text`. */
const shown = (text: string): string =>
  JSON.stringify(world.model.requests.findLast(({ conversation }) => conversation?.latest.includes(text))?.body ?? '');

test("a streamed response has OpenAI's events in order, each text once, reasoning and tokens", async () => {
  const stream = openai().responses.stream({ model, input: 'use a tool', metadata: { topic: 'x' } });
  const events: ResponseStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  const types = events.map(({ type }) => type);
  expect(types.filter((type, index) => type !== types[index - 1])).toEqual([
    ...['response.created', 'response.in_progress'],
    ...['response.output_item.added', 'response.reasoning_summary_part.added', 'response.reasoning_summary_text.delta'],
    ...['response.reasoning_summary_text.done', 'response.reasoning_summary_part.done', 'response.output_item.done'],
    ...['response.output_item.added', 'response.content_part.added', 'response.output_text.delta'],
    ...['response.output_text.done', 'response.content_part.done', 'response.output_item.done'],
    ...['response.output_item.added', 'response.reasoning_summary_part.added', 'response.reasoning_summary_text.delta'],
    ...['response.reasoning_summary_text.done', 'response.reasoning_summary_part.done', 'response.output_item.done'],
    ...['response.output_item.added', 'response.content_part.added', 'response.output_text.delta'],
    ...['response.output_text.done', 'response.content_part.done', 'response.output_item.done'],
    'response.completed',
  ]);
  const numbers = events.map(({ sequence_number }) => sequence_number);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  const deltas = events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('');
  const response = await stream.finalResponse();
  expect(deltas).toBe(TEXT);
  expect(response).toMatchObject({
    ...{ object: 'response', status: 'completed', model, output_text: TEXT, error: null, store: true },
    ...{ metadata: { topic: 'x' }, previous_response_id: null, background: false },
    usage: { input_tokens: 30, output_tokens: 10, input_tokens_details: { cached_tokens: 6 }, total_tokens: 40 },
    x_agenticore: { num_turns: 2, terminal_reason: 'completed' },
  });
  expect(JSON.stringify(response.output[0])).toContain('Let me see.');
  expect(JSON.stringify(response.output[2])).toContain('▶ Bash `echo one`');
  // Read again, it is the same, also event by event.
  const stored = await openai().responses.retrieve(response.id);
  expect(stored).toMatchObject({ status: 'completed', output_text: TEXT, usage: response.usage });
  expect(stored.output.map(({ id }) => id)).toEqual(response.output.map(({ id }) => id));
  const after = numbers.at(-3) ?? 0;
  const rest: ResponseStreamEvent[] = [];
  for await (const event of await openai().responses.retrieve(response.id, { stream: true, starting_after: after }))
    rest.push(event);
  expect(rest.map(({ type, sequence_number }) => [type, sequence_number])).toEqual(
    events.slice(-2).map(({ type, sequence_number }) => [type, sequence_number]),
  );
});

test('a response goes on after another one, branches from an older one, and begins anew without', async () => {
  const first = await respond('remember the number 7', { instructions: 'Be brief.' });
  const second = await respond('what was it', { previous_response_id: first.id });
  expect(second).toMatchObject({ previous_response_id: first.id, output_text: 'All done.' });
  expect(shown('what was it')).toContain('remember the number 7');
  expect(shown('what was it')).not.toContain('Be brief.');
  const branch = await respond('and the other one', { previous_response_id: first.id });
  expect(shown('and the other one')).toContain('remember the number 7');
  expect(shown('and the other one')).not.toContain('what was it');
  await respond('something else');
  expect(shown('something else')).not.toContain('remember the number 7');
  const session = ({ id }: Reply): string => id.slice('resp_'.length).split('.')[0] ?? '';
  expect([session(second), session(branch) === session(first)]).toEqual([session(first), false]);
  // The items of an answer stand for it, and for what was said before.
  const reference = { type: 'item_reference' as const, id: second.output[0]?.id ?? '' };
  const input = [
    { role: 'user' as const, content: 'left out' },
    reference,
    { role: 'user' as const, content: 'go on' },
  ];
  await openai().responses.create({ model, input });
  expect(shown('go on')).toContain('what was it');
  expect(shown('go on')).not.toContain('left out');
});

test('a response in the background outlives its client and the server, and is read when it is over', async () => {
  const begun = await respond('wait for it', { background: true });
  expect(begun).toMatchObject({ status: 'queued', background: true, output: [], usage: null });
  await until(() => world.model.turns('wait for it').length > 0);
  expect(await openai().responses.retrieve(begun.id)).toMatchObject({ status: 'in_progress' });
  const next = await respond('then this', { previous_response_id: begun.id, background: true });
  await product.kill();
  held.open();
  product = await start();
  const types: string[] = [];
  for await (const { type } of await openai().responses.retrieve(begun.id, { stream: true })) types.push(type);
  expect(types.slice(0, 3)).toEqual(['response.created', 'response.queued', 'response.in_progress']);
  expect(types.at(-1)).toBe('response.completed');
  const over = await until(async () => {
    const response = await openai().responses.retrieve(next.id);
    return response.status === 'completed' && response;
  });
  expect(over).toMatchObject({ output_text: 'All done.', previous_response_id: begun.id });
  expect(await openai().responses.retrieve(begun.id)).toMatchObject({ status: 'completed', output_text: 'All done.' });
});

test('a response is cancelled with what its agent has started; it can be cancelled twice', async () => {
  const begun = await respond('endless work', { background: true });
  await until(async () => (await openai().responses.retrieve(begun.id)).output.length > 1);
  expect(await openai().responses.cancel(begun.id)).toMatchObject({ status: 'cancelled', error: null });
  expect(await openai().responses.cancel(begun.id)).toMatchObject({ status: 'cancelled', error: null });
  expect((await openai().responses.retrieve(begun.id)).output_text).toBe('It begins.');
});

test('responses belong to their key, are forgotten when they are deleted, and are not kept unless stored', async () => {
  const response = await respond('hello');
  const missing = { status: 404, code: 'response_not_found' };
  await expect(openai('k2').responses.retrieve(response.id)).rejects.toMatchObject(missing);
  const gone = { status: 404, code: 'previous_response_not_found', param: 'previous_response_id' };
  const after = { model, input: 'x', previous_response_id: response.id };
  await expect(openai('k2').responses.create(after)).rejects.toMatchObject(gone);
  await openai().responses.delete(response.id);
  await expect(openai().responses.retrieve(response.id)).rejects.toMatchObject(missing);
  await expect(openai().responses.create(after)).rejects.toMatchObject(gone);
  const passing = await respond('hello', { store: false });
  expect(passing).toMatchObject({ store: false, output_text: 'All done.' });
  await expect(openai().responses.retrieve(passing.id)).rejects.toMatchObject(missing);
});

test("what cannot be answered is refused in OpenAI's shape, naming the field; what an agent cannot heed is named", async () => {
  const headers = { authorization: 'Bearer k1' };
  const refused = async (body: object): Promise<object> => {
    const json = { model, input: 'x', ...body };
    const reply = await call<{ error?: { param: string } }>(product.url, '/v1/responses', { json, headers });
    return { status: reply.status, param: reply.body.error?.param };
  };
  const part = (content: object): object => ({ input: [{ role: 'user', content: [content] }] });
  expect(await refused({ tool_choice: 'required' })).toEqual({ status: 400, param: 'tool_choice' });
  expect(await refused({ input: undefined })).toEqual({ status: 400, param: 'input' });
  expect(await refused({ input: [{ role: 'assistant', content: 'x' }] })).toEqual({ status: 400, param: 'input' });
  expect(await refused({ background: true, store: false })).toEqual({ status: 400, param: 'background' });
  expect(await refused(part({ type: 'input_file' }))).toEqual({ status: 400, param: 'input.0.content.0.type' });
  expect(await refused(part({ type: 'input_image', image_url: 'http://127.0.0.1:1/x.png' }))).toEqual({
    ...{ status: 400, param: 'input.0.content.0.image_url' },
  });
  expect(await refused({ model: 'gpt-9' })).toEqual({ status: 404, param: 'model' });
  const json = { model, input: '/stream-status', tools: [], max_output_tokens: 5 };
  const reply = await call<Reply>(product.url, '/v1/responses', { json, headers });
  expect(reply.headers.get('x-agenticore-ignored')).toBe('tools, max_output_tokens');
  expect(JSON.stringify(reply.body.output)).toContain('show_thinking');
});

test('a run that fails is an error where its client waits, and a failed response in a stream', async () => {
  await expect(respond('bad key')).rejects.toMatchObject({ status: 500, code: 'agent_auth_failed' });
  const types: string[] = [];
  let last: ResponseStreamEvent | undefined;
  for await (const event of await openai().responses.create({ model, input: 'bad key', stream: true }))
    types.push((last = event).type);
  expect(types).not.toContain('response.completed');
  expect(last).toMatchObject({
    ...{ type: 'response.failed', response: { status: 'failed', error: { code: 'agent_auth_failed' } } },
  });
});
