import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chat, openChat, servePackage } from '../support/chat.ts';
import type { Conversation } from '../support/model/conversation.ts';
import type { Reply } from '../support/model/reply.ts';
import { gate } from '../support/model-server.ts';
import { call, type Product } from '../support/product.ts';
import { createWorld, type World } from '../support/world.ts';

const CODE = 'Here:\n\n```py\nif x:\n    /hide-all = 1\n\treturn "é🙂"\n```\n\n  two  spaces';
const LONG = 'x'.repeat(5 * 1024 * 1024);

/** An answer is held back until this opens. */
const held = gate();
let world: World;
let product: Product;
const model = 'helper';

async function script({ latest, task, calls }: Conversation): Promise<Reply> {
  if (latest.includes('bad key')) return { status: 401 };
  if (latest.includes('overloaded')) return { status: 529 };
  if (latest.includes('too much')) return { status: 400, error: 'prompt is too long: 250000 tokens > 200000 maximum' };
  // The agent asks again in other words.
  if (task.includes('forbidden')) return [{ text: 'I cannot.' }, { stop: 'refusal' }];
  if (task.includes('endless')) return [{ text: 'On and on.' }, { stop: 'max_tokens' }];
  if (latest.includes('code')) return { text: CODE };
  if (latest.includes('long line')) return { text: LONG };
  if (latest.includes('wait')) await held.opened;
  if (latest.includes('tool') && calls.length === 0)
    return [
      { thinking: 'Let me see.' },
      { text: 'I will run it.' },
      { tool: 'Bash', input: { command: 'echo one', description: 'say one' } },
    ];
  return { text: 'All done.' };
}

beforeAll(async () => {
  world = await createWorld({ script });
  product = await world.start('serve', {
    env: { ...(await servePackage(world, model)), AGENT_MODE_MODEL_WAIT_S: '5' },
  });
});
afterAll(() => world.end());

const ask = (text: string, more: object = {}): object => ({
  model,
  messages: [{ role: 'user', content: text }],
  ...more,
});

interface Whole {
  id: string;
  choices: { message: { content: string; reasoning_content?: string }; finish_reason: string }[];
  usage: Record<string, unknown>;
  x_agenticore: { events: object[]; run_id: string };
  error: { message: string; type: string; code: string; param: string | null };
}
const whole = (json: object, headers = {}): Promise<{ status: number; body: Whole; headers: Headers }> =>
  call<Whole>(product.url, '/v1/chat/completions', { json, headers });

test('a stream begins with a keepalive before the agent is asked, and has every text once, in order', async () => {
  const stream = await openChat(product.url, ask('wait, then use a tool', { stream_options: { include_usage: true } }));
  const first = await stream.frames.next();
  expect(first.value).toEqual({ id: undefined, data: undefined });
  expect(world.model.turns('wait, then use a tool')).toHaveLength(0);
  held.open();
  const frames = [];
  for await (const frame of stream.frames) frames.push(frame);
  expect(stream.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    'x-request-id': expect.any(String),
    'x-agenticore-session-id': expect.any(String),
    'x-agenticore-run-id': expect.any(String),
    'x-agenticore-conversation-tier': 'new',
  });
  const shown = frames.filter(({ data }) => data !== undefined);
  const kinds = shown.map(({ data }) =>
    data === null ? 'DONE' : (data?.choices?.[0]?.x_agenticore_event_type ?? data?.choices?.[0]?.finish_reason ?? '-'),
  );
  expect(kinds.filter((kind, index) => kind !== kinds[index - 1])).toEqual([
    '-',
    'thinking',
    'text',
    'tool_use',
    'tool_result',
    'text',
    'stop',
    '-',
    'DONE',
  ]);
  const content = shown.map(({ data }) => data?.choices?.[0]?.delta.content ?? '').join('');
  expect(content).toBe('I will run it.\n\nAll done.');
  expect(shown.at(-2)?.data).toMatchObject({
    choices: [],
    usage: { prompt_tokens: 30, completion_tokens: 10, total_tokens: 40, prompt_tokens_details: { cached_tokens: 6 } },
    x_agenticore: { num_turns: 2, terminal_reason: 'completed', final_text_chars: 9, cursor: expect.any(Number) },
  });
  const ids = shown.slice(0, -1).map(({ id }) => Number(id));
  expect(ids).toEqual([...ids].sort((a, b) => a - b));
  const stored = await call<Whole>(product.url, `/v1/chat/completions/${shown[0]?.data?.id ?? ''}`);
  expect(stored.body.choices[0]).toMatchObject({ message: { content }, finish_reason: 'stop' });
});

test('an answer as a whole has its text, reasoning, tools and tokens; code arrives byte for byte', async () => {
  const used = await whole(ask('use a tool', { tools: [], temperature: 0.5, seed: 1 }));
  expect(used.headers.get('x-agenticore-ignored')).toBe('tools');
  expect(used.body).toMatchObject({
    object: 'chat.completion',
    model,
    choices: [
      {
        message: {
          role: 'assistant',
          content: 'I will run it.\n\nAll done.',
          refusal: null,
          reasoning_content: 'Let me see.',
        },
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 30, completion_tokens: 10 },
    x_agenticore: {
      events: [
        { type: 'tool_use', name: 'Bash', input: { command: 'echo one' } },
        { type: 'tool_result', is_error: false, content: 'one' },
      ],
    },
  });
  expect((await whole(ask('show me code'))).body.choices[0]?.message.content).toBe(CODE);
  expect((await chat(product.url, ask('show me code'))).content).toBe(CODE);
});

test('an answer in one line of 5 MB arrives', async () => {
  const { content, finish } = await chat(product.url, ask('a long line'));
  expect(finish).toBe('stop');
  expect(content === LONG).toBe(true);
});

test.each([
  ['bad key', 'agent_auth_failed'],
  ['too much', 'context_too_long'],
  ['overloaded', 'model_overloaded'],
])('%s is an error, never a stop', async (said, code) => {
  const { status, finish, error, frames } = await chat(product.url, ask(said));
  expect({ status, finish, error }).toMatchObject({ status: 200, finish: null, error: { code, type: 'server_error' } });
  expect(frames.at(-1)?.data).toBeNull();
});

test('an error of the agent is 500 where nothing was streamed, and must not be sent again unasked', async () => {
  const { status, body, headers } = await whole(ask('bad key'));
  expect({ status, ...body.error }).toMatchObject({ status: 500, type: 'agent_error', code: 'agent_auth_failed' });
  expect(headers.get('x-should-retry')).toBe('false');
});

test("a refusal of the model is content_filter, with the agent's words", async () => {
  const { finish, content, error } = await chat(product.url, ask('something forbidden'));
  expect({ finish, error }).toEqual({ finish: 'content_filter', error: undefined });
  expect(content).not.toBe('');
});

test('an answer that its model cuts off is a length, not a stop', async () => {
  const { finish, content, error } = await chat(product.url, ask('an endless story'));
  expect({ finish, error }).toEqual({ finish: 'length', error: undefined });
  expect(content).toContain('On and on.');
});

test('headers of a whole answer come early where the client asks for that; then its error is in the answer', async () => {
  const early = { 'x-agenticore-early-headers': '1' };
  const { status, body, headers } = await whole(ask('show me code'), early);
  expect({ status, content: body.choices[0]?.message.content }).toEqual({ status: 200, content: CODE });
  expect(body.x_agenticore.run_id).toBe(headers.get('x-agenticore-run-id'));
  const failed = await whole(ask('bad key'), early);
  expect(failed).toMatchObject({ status: 200, body: { error: { code: 'agent_auth_failed', type: 'server_error' } } });
});

test("what cannot be answered is refused in OpenAI's shape, naming the field", async () => {
  const refused = async (body: object): Promise<object> => {
    const { status, body: said } = await whole(body);
    return { status, code: said.error.code, param: said.error.param };
  };
  const bad = (param: string | null): object => ({ status: 400, code: 'invalid_request_error', param });
  expect(await refused({ model })).toEqual(bad('messages'));
  expect(await refused(ask('x', { n: 2 }))).toEqual(bad('n'));
  expect(await refused(ask('x', { tool_choice: 'required' }))).toEqual(bad('tool_choice'));
  expect(await refused({ model, messages: [{ role: 'assistant', content: 'x' }] })).toEqual(bad('messages'));
  const part = (content: object): object => ({ model, messages: [{ role: 'user', content: [content] }] });
  const image = (url: string): object => part({ type: 'image_url', image_url: { url } });
  const { body: audio } = await whole(part({ type: 'input_audio' }));
  expect(audio.error).toMatchObject({ param: 'messages.0.content', message: expect.stringContaining('part 0.type:') });
  const hosts = ['127.0.0.1:1', 'localhost:1', '2130706433', '0x7f.1', '10.0.0.1', '[::1]', '[::ffff:169.254.169.254]'];
  for (const host of hosts)
    expect(await refused(image(`http://${host}/x.png`))).toEqual(bad('messages.0.content.0.image_url'));
  expect(await refused(image('data:image/png;base64,aGVsbG8='))).toEqual(bad('messages.0.content.0.image_url'));
  const unknown = await whole({ ...ask('x'), model: 'gpt-9' });
  expect(unknown).toMatchObject({ status: 404, body: { error: { code: 'model_not_found', param: 'model' } } });
  expect(unknown.body.error.message).toContain(model);
  expect(await refused(ask('x'.repeat(8 * 1024 * 1024 + 1)))).toMatchObject({ status: 413 });
  expect(await refused(ask('x'.repeat(32 * 1024 * 1024 + 1)))).toMatchObject({
    status: 413,
    code: 'payload_too_large',
  });
  const lost = await call<Whole>(product.url, '/v1/nothing');
  expect({ status: lost.status, ...lost.body.error }).toMatchObject({ status: 404, code: 'route_not_found' });
  const text = { method: 'POST', body: '{"model":', headers: { 'content-type': 'application/json' } };
  expect((await call<Whole>(product.url, '/v1/chat/completions', text)).body.error.type).toBe('invalid_request_error');
});

test('models are known by their name, also with a provider before it, and by those of the CLI', async () => {
  expect((await call(product.url, `/v1/models/${model}`)).body).toMatchObject({ id: model, owned_by: 'agenticore' });
  expect((await call(product.url, `/v1/models/openai/${model}`)).body).toMatchObject({ id: `openai/${model}` });
  expect((await whole({ ...ask('hello'), model: 'haiku' })).body.choices[0]?.message.content).toBe('All done.');
  expect(String(world.model.turns('hello').at(-1)?.body?.model)).toContain('haiku');
});
