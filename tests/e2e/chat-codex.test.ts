import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { chat, openChat, serveHub, type ChatAnswer } from '../support/chat.ts';
import { CODEX_MODEL } from '../support/codex-agent.ts';
import type { Conversation } from '../support/model/conversation.ts';
import type { Reply } from '../support/model/reply.ts';
import { bash } from '../support/model/scripts.ts';
import { gate } from '../support/model-server.ts';
import { call, type Product } from '../support/product.ts';
import { goneWith } from '../support/strays.ts';
import { createWorld, type World } from '../support/world.ts';

const CODE = 'Here:\n\n```py\nif x:\n    /hide-all = 1\n\treturn "é🙂"\n```\n\n  two  spaces';
const command = (more = ''): string => `agent: codex\ncodex:\n  model: ${CODEX_MODEL}\n${more}`;

/** An answer is held back, in the middle of its text, until this opens. */
let held = gate();
let world: World;
let api: Product;
let worker: Product;

function script({ task, latest, calls }: Conversation): Reply {
  if (latest.includes('bad key')) return { status: 401 };
  if (latest.includes('overloaded')) return { status: 529 };
  if (latest.includes('too much'))
    return { status: 400, code: 'context_length_exceeded', error: 'the context window is exceeded' };
  if (latest.includes('code')) return { text: CODE };
  // An agent that goes on, or whose call was refused, is told so in other words.
  if (task.includes('long story')) return { text: 'Once upon a time.', held: held.opened };
  if (latest.includes('tool') && calls.length === 0)
    return [{ thinking: 'Let me see.' }, { text: 'I will run it.' }, ...bash('echo one')];
  if (task.includes('touch') && calls.length === 0) return bash('touch made.txt; echo made');
  if (task.includes('touch')) return { text: `It says: ${calls[0]?.result?.content ?? ''} ${latest}` };
  return { text: latest.includes('tool') ? 'All done.' : `I heard ${latest.slice(-40)}.` };
}

const startWorker = (env: Record<string, string> = {}): Promise<Product> => world.start('worker', { env });

beforeAll(async () => {
  world = await createWorld({
    script,
    env: {
      ANTHROPIC_API_KEY: '',
      OPENAI_API_KEY: 'sk-openai-of-this-test',
      AGENTICORE_SEAT_TIMEOUT_S: '6',
      AGENT_MODE_MODEL_WAIT_S: '5',
    },
  });
  Object.assign(world.env, { OPENAI_BASE_URL: `${world.model.url}/v1` });
  Object.assign(
    world.env,
    await serveHub(world, {
      coder: command(),
      careful: command('approvals:\n  allow: ["Bash(echo *)"]\n  ask: ["Bash(touch *)"]\n'),
    }),
  );
  api = await world.start('serve', { args: ['--no-worker'] });
  worker = await startWorker();
});
afterAll(() => world.end());

interface Said {
  role: 'user' | 'assistant';
  content: string;
}
const user = (content: string): Said => ({ role: 'user', content });
const assistant = (content: string): Said => ({ role: 'assistant', content });
const ask = (messages: Said[], headers: Record<string, string> = {}, more: object = {}): Promise<ChatAnswer> =>
  chat(api.url, { model: 'coder', messages, ...more }, headers);
const kindsOf = ({ frames }: ChatAnswer): string[] =>
  frames
    .flatMap(({ data }) => data?.choices ?? [])
    .map(({ x_agenticore_event_type: type, finish_reason }) => (type ?? finish_reason ?? 'role') as string)
    .filter((kind, index, all) => kind !== all[index - 1]);
/** Everything that the model was told when it heard `text`, once for each time. */
const toldModel = (text: string): string[] =>
  world.model.requests
    .filter(({ conversation }) => conversation?.latest.includes(text))
    .map(({ body }) => JSON.stringify(body));

describe('a package with Codex', () => {
  test('streams thinking, tools and each text once, and counts what came from the cache', async () => {
    const used = await ask([user('use a tool')], {}, { stream_options: { include_usage: true } });
    expect(kindsOf(used)).toEqual(['role', 'thinking', 'text', 'tool_use', 'tool_result', 'text', 'stop']);
    expect(used).toMatchObject({ content: 'I will run it.\n\nAll done.', finish: 'stop', error: undefined });
    expect(used.reasoning).toMatch(/^Let me see\.\n\n▶ exec_command `echo one`\n\n◉ result\n```\none\n```\n$/);
    expect(used.frames.find(({ data }) => data?.usage !== undefined)?.data).toMatchObject({
      usage: { prompt_tokens: 30, completion_tokens: 10, prompt_tokens_details: { cached_tokens: 6 } },
      x_agenticore: { num_turns: 2, terminal_reason: 'completed', final_text_chars: 9 },
    });
    const { body } = await call<{ choices: { message: object }[] }>(api.url, '/v1/chat/completions', {
      json: { model: 'coder', messages: [user('use a tool')] },
    });
    expect(body.choices[0]?.message).toMatchObject({
      content: 'I will run it.\n\nAll done.',
      reasoning_content: 'Let me see.',
    });
  });

  test('answers the Responses API, from its first event to an approval, and goes on after a response', async () => {
    const openai = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 });
    const stream = openai.responses.stream({ model: 'coder', input: 'use a tool' });
    let told = '';
    for await (const event of stream) if (event.type === 'response.output_text.delta') told += event.delta;
    const first = await stream.finalResponse();
    expect(told).toBe('I will run it.\n\nAll done.');
    expect(first).toMatchObject({ status: 'completed', output_text: told, usage: { total_tokens: 40 } });
    expect(JSON.stringify(first.output[2])).toContain('▶ exec_command `echo one`');
    const next = { model: 'coder', input: 'hello again', previous_response_id: first.id };
    expect((await openai.responses.create(next)).output_text).toBe('I heard hello again.');
    expect(toldModel('hello again')[0]).toContain('use a tool');
    const asked = await openai.responses.create({ model: 'careful', input: 'touch it' });
    const approval = /`(\/approve \S+)`/.exec(asked.output_text)?.[1] ?? '';
    const decided = { model: 'careful', input: approval, previous_response_id: asked.id };
    expect((await openai.responses.create(decided)).output_text).toMatch(/^It says:.*\nmade\n/s);
  });

  test('has code byte for byte, and "/clear" reaches its model as text', async () => {
    expect((await ask([user('show me code')])).content).toBe(CODE);
    for (const text of ['/clear', '/model x']) expect((await ask([user(text)])).content).toBe(`I heard ${text}.`);
  });

  test('hides what a toggle hides; toggles alone start nothing', async () => {
    const id = { 'x-conversation-id': randomUUID() };
    const before = world.model.requests.length;
    expect((await ask([user('/hide-all')], id)).content).toContain('"show_tools":false');
    expect(world.model.requests).toHaveLength(before);
    expect(await ask([user('use a tool')], id)).toMatchObject({ content: 'All done.', reasoning: '' });
  });

  test('is forked where its history is edited: it knows what was said before, and nothing of what followed', async () => {
    const id = { 'x-openwebui-chat-id': randomUUID() };
    const first = await ask([user('the oak')], id);
    const talk = [user('the oak'), assistant(first.content)];
    const second = await ask([...talk, user('the elm')], id);
    expect(second.summary?.session_id).toBe(first.summary?.session_id);
    const edited = await ask([...talk, user('the ash')], id);
    expect(edited.summary?.session_id).not.toBe(first.summary?.session_id);
    expect(toldModel('the ash')).toEqual([expect.stringMatching(/the oak.*the ash/)]);
    expect(toldModel('the ash')[0]).not.toMatch(/the elm|<conversation>/);
  });

  test.each([
    ['bad key', 'agent_auth_failed'],
    ['too much', 'context_too_long'],
    ['overloaded', 'model_overloaded'],
  ])('says that %s is an error, and never stops as if it were done', async (said, code) => {
    const begun = performance.now();
    const { status, finish, error, frames } = await ask([user(said)]);
    expect({ status, finish, error }).toMatchObject({
      status: 200,
      finish: null,
      error: { code, type: 'server_error' },
    });
    expect(frames.at(-1)?.data).toBeNull();
    expect(performance.now() - begun).toBeLessThan(30_000);
  });

  test.each([
    ['/approve', /^It says:.*\nmade\n/s],
    ['/deny', /^It says: .*rejected by user.*not now/s],
  ])('asks in the chat, and goes on after %s', async (verb, output) => {
    const id = { 'x-conversation-id': randomUUID() };
    const asked = await ask([user('touch it')], id, { model: 'careful' });
    expect(kindsOf(asked)).toEqual(['role', 'tool_use', 'approval_request', 'stop']);
    expect(asked.summary).toMatchObject({ terminal_reason: 'waiting_approval' });
    const approval = /`(\/approve \S+)`/.exec(asked.content)?.[1]?.split(' ')[1] ?? '';
    const decided = await ask([user(`${verb} ${approval}${verb === '/deny' ? ' not now' : ''}`)], id, {
      model: 'careful',
    });
    expect(decided).toMatchObject({ finish: 'stop', content: expect.stringMatching(output) });
  });

  test('goes on in one stream when its worker is killed in the middle of a text; without its CLI it says so', async () => {
    const stream = await openChat(api.url, { model: 'coder', messages: [user('a long story')] });
    let content = '';
    let restarted: unknown;
    let killed = false;
    for await (const { data } of stream.frames) {
      const choice = data?.choices?.[0];
      content += choice?.delta.content ?? '';
      if (choice?.x_agenticore_event_type === 'restarted') {
        restarted = choice.x_agenticore_keep_chars;
        content = content.slice(0, Number(restarted));
      }
      if (killed || content === '') continue;
      killed = true;
      await worker.kill();
      held.open();
      worker = await startWorker();
    }
    expect({ restarted, content }).toEqual({ restarted: 0, content: 'Once upon a time.' });
    await worker.stop();
    await goneWith(String(stream.headers['x-agenticore-session-id']));
    held = gate();
    worker = await startWorker({ AGENTICORE_CODEX_BINARY: '/nowhere/codex' });
    expect(await ask([user('hello')])).toMatchObject({ finish: null, error: { code: 'agent_missing' } });
  });
});
