import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { servePackage } from '../support/chat.ts';
import { runCli } from '../support/cli.ts';
import { connectMcp, TRANSPORTS } from '../support/mcp.ts';
import type { Conversation } from '../support/model/conversation.ts';
import type { Reply } from '../support/model/reply.ts';
import { call, readUntil, type Product } from '../support/product.ts';
import { createWorld, type World } from '../support/world.ts';

const model = 'helper';
let world: World;
let product: Product;

function script({ latest, calls }: Conversation): Reply {
  if (latest.includes('bad key')) return { status: 401 };
  if (latest.includes('tool') && calls.length === 0) return { tool: 'Bash', input: { command: 'echo one' } };
  return { text: `I heard ${latest.length} letters.` };
}

beforeAll(async () => {
  world = await createWorld({ script });
  product = await world.start('serve', { env: await servePackage(world, model) });
});
afterAll(() => world.end());

interface Completed {
  success: boolean;
  uuid: string;
  completion: Record<string, unknown>;
}
const complete = (json: object) => call<Completed>(product.url, '/completions', { json });

test('a completion answers with the fields of Python agenticore, and its uuid goes on with the conversation', async () => {
  const uuid = randomUUID();
  const first = await complete({ message: 'use a tool', uuid, permission_mode: '', allowed_tools: [], effort: 'high' });
  expect(first).toMatchObject({
    status: 200,
    body: {
      ...{ success: true, uuid, result: 'I heard 10 letters.', is_error: false, num_turns: 2, status: 'completed' },
      ...{ session_id: expect.any(String), cost_usd: expect.any(Number), duration_ms: expect.any(Number) },
      usage: { input_tokens: expect.any(Number), cache_read_input_tokens: 6 },
      tool_uses: [{ name: 'Bash', input: { command: 'echo one' } }],
    },
  });
  await complete({ message: 'and then', uuid });
  const last = world.model.requests.findLast(({ conversation }) => conversation?.latest === 'and then');
  expect(last?.conversation?.task).toBe('use a tool');
});

test('a completion that is not waited for is read by its uuid, and listed by its status', async () => {
  const queued = await complete({ message: 'hello', wait: false });
  const { uuid } = queued.body;
  expect(queued).toMatchObject({ status: 202, body: { status: 'queued', poll_url: `/completions/${uuid}` } });
  const done = await readUntil<Completed>(
    product.url,
    `/completions/${uuid}`,
    ({ completion }) => completion.status === 'completed',
  );
  expect(done.completion).toMatchObject({ uuid, message: 'hello', result: 'I heard 5 letters.', tool_uses: [] });
  await readUntil<{ completions: { uuid: string }[] }>(
    product.url,
    '/completions?status=completed',
    ({ completions }) => completions.some((each) => each.uuid === uuid),
  );
  expect(await call(product.url, `/completions/${randomUUID()}`)).toMatchObject({ status: 404 });
});

test('a completion that fails is 500 with its error; what the package says cannot be said by a request', async () => {
  const failed = await complete({ message: 'bad key' });
  expect(failed).toMatchObject({
    status: 500,
    body: { success: false, is_error: true, error_code: 'agent_auth_failed' },
  });
  const refused = await complete({ message: 'x', disallowed_tools: 'Bash' });
  expect(refused).toMatchObject({ status: 400, body: { success: false, code: 'invalid_request' } });
  expect(await complete({ message: 'x', uuid: '../../x' })).toMatchObject({ status: 400 });
});

test('agent_completions asks the package over MCP', async () => {
  const client = await connectMcp(TRANSPORTS['streamable HTTP'](product.url));
  const { structuredContent } = await client.callTool({
    name: 'agent_completions',
    arguments: { message: 'hello', uuid: '', context: '{"topic": "letters"}' },
  });
  expect(structuredContent).toMatchObject({ success: true, status: 'completed', result: 'I heard 5 letters.' });
  await client.close();
  expect(JSON.stringify(world.model.turns('hello').at(-1)?.body)).toContain('letters');
});

test('agents chat says one message, or each line that comes in, and exits as the answer ended', async () => {
  const chat = (args: string[], stdin?: string) =>
    runCli(product.url, ['agents', 'chat', model, ...args], stdin === undefined ? {} : { stdin });
  const one = await chat(['--message', 'use a tool']);
  expect(one.stdout).toContain('I heard 10 letters.');
  expect(one.stdout).toMatch(/Bash.*echo one/);
  expect(one.code).toBe(0);
  const lines = await chat([], 'one\nthree\n');
  expect(lines.stdout).toMatch(/I heard 3 letters[^]*I heard 5 letters/);
  const json = await chat(['--json', '--message', '-'], 'bad key');
  const events = json.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: { type: string } });
  expect(events.map(({ event }) => event.type)).toContain('run_ended');
  expect(json.code).toBe(1);
  expect((await runCli(product.url, ['agents', 'chat', 'nobody'])).code).toBe(2);
});
