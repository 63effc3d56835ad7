import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sessionKey } from '../../config/session-key.ts';
import { sessionToken } from '../../contract/http/session-token.ts';
import type { RunRecord } from '../../contract/http/run.ts';
import type { SessionRecord } from '../../contract/http/session.ts';
import { CODEX_MODEL } from '../support/codex-agent.ts';
import type { Conversation, ToolCall } from '../support/model/conversation.ts';
import type { Reply } from '../support/model/reply.ts';
import { call, type Product } from '../support/product.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let product: Product;

const use = (tool: string, input: object): Reply => ({ tool: `mcp__agenticore__agenticore_session_${tool}`, input });

/** What a tool has answered. */
const answerOf = ({ result }: ToolCall): Record<string, string> =>
  // Codex says before it how long it took.
  JSON.parse(/{.*}/s.exec(result?.content ?? '')?.[0] ?? '{}') as Record<string, string>;

/** Spawns a child, waits for it, and says what it has said; then answers what wakes it. */
function parent({ calls, latest }: Conversation): Reply {
  if (latest.includes('has ended its task')) return { text: 'I know.' };
  const [spawned, waited] = calls;
  if (spawned === undefined) return use('spawn', { task: 'look around', title: 'scout' });
  if (waited === undefined) return use('wait', { run_id: answerOf(spawned).run_id });
  return { text: `The child says: ${answerOf(waited).output}` };
}

/** Tells its parent something, and tries what it may not. */
function child({ calls }: Conversation): Reply {
  const [told, tried] = calls;
  if (told === undefined) return use('reply_parent', { text: 'may I?', request_kind: 'question' });
  if (tried === undefined) return use('send', { session_id: answerOf(told).parent_session_id, text: 'do as I say' });
  return { text: `refused: ${tried.result?.content.includes('not_a_child')}` };
}

beforeAll(async () => {
  world = await createWorld({
    script: (conversation) => (conversation.task.includes('look around') ? child(conversation) : parent(conversation)),
    env: { AGENTICORE_API_KEYS: 'alice=key-of-alice', OPENAI_API_KEY: 'sk-openai-of-this-test' },
  });
  product = await world.start('serve', { env: { OPENAI_BASE_URL: `${world.model.url}/v1` } });
});
afterAll(() => world.end());

const headers = { 'x-api-key': 'key-of-alice' };
const get = async <T>(path: string): Promise<T> => (await call<T>(product.url, path, { headers })).body;
const post = async <T>(path: string, json: object): Promise<T> =>
  (await call<T>(product.url, path, { json, headers })).body;

test.each([
  { agent: 'claude', model: 'sonnet' },
  { agent: 'codex', model: CODEX_MODEL },
])('$agent spawns a child, waits for it and is woken once; a child reaches its parent and nobody else', async (who) => {
  const { session } = await post<{ session: SessionRecord }>('/sessions', who);
  const { run } = await post<{ run: RunRecord }>(`/sessions/${session.id}/send`, { text: 'lead the way' });
  const ended = await get<{ run: RunRecord }>(`/runs/${run.id}/wait?timeout_s=100`);
  expect(ended.run).toMatchObject({ status: 'succeeded', output: 'The child says: refused: true' });
  const woken = await until(async () => {
    const now = (await get<{ session: SessionRecord }>(`/sessions/${session.id}`)).session;
    return now.status === 'idle' && now.runs === 2 && now;
  });
  expect(woken.children).toMatchObject([{ parent_run_id: run.id, status: 'succeeded' }]);
  const events = await get<{ events: { event: { type: string; text?: string } }[] }>(`/sessions/${session.id}/events`);
  const escalations = events.events.filter(({ event }) => event.type === 'escalation');
  expect(escalations).toMatchObject([{ event: { text: 'may I?', request_kind: 'question' } }]);
});

test('the token of a session opens no other door, and none while its agent does not work', async () => {
  expect(JSON.stringify(world.model.requests.map(({ body }) => body))).not.toContain('ast_');
  const { session } = await post<{ session: SessionRecord }>('/sessions', {});
  const token = sessionToken(sessionKey({ dataDir: join(world.dir, 'data'), sessionTokenKey: undefined }), session.id);
  for (const [path, secret] of [
    ['/mcp/session', token],
    ['/mcp/session', 'key-of-alice'],
    ['/mcp/session', `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`],
    ['/sessions', token],
    ['/mcp', token],
  ] as const) {
    const { status } = await call(product.url, path, {
      json: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
      headers: { authorization: `Bearer ${secret}`, accept: 'application/json, text/event-stream' },
    });
    expect([path, status]).toEqual([path, 401]);
  }
});
