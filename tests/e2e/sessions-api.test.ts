import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RunRecord } from '../../contract/http/run.ts';
import type { MessageRecord, SessionEventReply, SessionRecord } from '../../contract/http/session.ts';
import { gate } from '../support/model-server.ts';
import { call, type Product } from '../support/product.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';

/** What the agents of this product say; one that is told to wait says nothing before the gate opens. */
const held = gate();
let world: World;
let product: Product;
beforeAll(async () => {
  world = await createWorld({
    script: async ({ latest }) => {
      if (latest.includes('wait')) await held.opened;
      return { text: `I heard ${latest.length} characters.` };
    },
  });
  product = await world.start('serve');
});
afterAll(() => world.end());

interface Body {
  session: SessionRecord;
  run: RunRecord;
  message: MessageRecord;
  timed_out: boolean;
  code: string;
  parent_session_id: string;
}

const post = (path: string, json: object = {}): Promise<{ status: number; body: Body }> =>
  call<Body>(product.url, path, { json });
const get = <T = Body>(path: string): Promise<{ status: number; body: T }> => call<T>(product.url, path);

const create = async (body: object = {}): Promise<string> => (await post('/sessions', body)).body.session.id;
const ended = async (run: string): Promise<RunRecord> => (await get(`/runs/${run}/wait?timeout_s=60`)).body.run;
const typesOf = async (session: string): Promise<string[]> =>
  (await get<SessionEventReply>(`/sessions/${session}/events?limit=1000`)).body.events.map((each) => each.event_type);

test('a message is answered once, however often its key is sent; another message with the key is 422', async () => {
  const id = await create();
  const hello = { text: 'hello', idempotency_key: 'k1' };
  const first = await post(`/sessions/${id}/messages`, hello);
  expect(first).toMatchObject({ status: 202, body: { message: { role: 'user', text: 'hello' }, run: { number: 1 } } });
  const run = await ended(first.body.run.id);
  expect(run).toMatchObject({ status: 'succeeded', output: 'I heard 5 characters.', error: null });
  const again = await post(`/sessions/${id}/messages`, hello);
  expect(again.body.run).toMatchObject({ id: run.id, status: 'succeeded' });
  const other = await post(`/sessions/${id}/messages`, { ...hello, text: 'bye' });
  expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
  expect(world.model.turns('hello')).toHaveLength(1);
  expect(await typesOf(id)).toEqual(expect.arrayContaining(['run_started', 'user_message', 'text', 'run_ended']));
});

test('messages wait for the run before them; one that waits is cancelled, and reject is 409 session_busy', async () => {
  const id = await create();
  const waiting = await post(`/sessions/${id}/send`, { text: 'wait for it' });
  await until(async () => (await get(`/runs/${waiting.body.run.id}`)).body.run.status === 'running');
  const queued = (await post(`/sessions/${id}/send`, { text: 'two' })).body.run;
  expect(queued).toMatchObject({ status: 'queued', queue_position: 1, number: 2 });
  const third = (await post('/runs', { session_id: id, text: 'three' })).body.run;
  expect(await post(`/sessions/${id}/send`, { text: 'x', mode: 'reject' })).toMatchObject({
    status: 409,
    body: { code: 'session_busy' },
  });
  expect((await get(`/sessions/${id}`)).body.session).toMatchObject({
    status: 'running',
    active_run_id: waiting.body.run.id,
    queued_runs: [queued.id, third.id],
  });
  expect((await get(`/runs/${queued.id}/diagnose`)).body).toMatchObject({
    run: { id: queued.id },
    diagnostics: {
      worker_id: null,
      alive_workers: 1,
      queue_position: 1,
      likely_issue: expect.stringContaining(waiting.body.run.id),
      last_event: { event_type: expect.any(String) },
      codex_invocation: { profile: null, extra_args: [] },
    },
  });
  expect((await get(`/runs/${waiting.body.run.id}/diagnose`)).body).toMatchObject({
    diagnostics: { worker_alive: true, worker_id: expect.any(String), likely_issue: null },
  });
  expect((await get('/daemon/status')).body).toMatchObject({
    daemon_health: 'ok',
    alive_workers: 1,
    max_concurrency: 3,
    default_agent: 'claude',
    queue_counts: { queued_count: expect.any(Number) },
  });
  expect(await post(`/runs/${queued.id}/cancel`)).toMatchObject({
    status: 200,
    body: { run: { status: 'cancelled' } },
  });
  held.open();
  expect(await ended(third.id)).toMatchObject({ status: 'succeeded' });
  expect(await ended(queued.id)).toMatchObject({ status: 'cancelled', started_at: null });
});

test('a text of 1 MiB and a picture reach the agent; the record shows the beginning', async () => {
  const id = await create();
  const text = `start ${'é'.repeat(500_000)}`;
  const said = await post(`/sessions/${id}/send`, { text });
  expect(said.body.message).toMatchObject({ text_cut: true });
  expect(said.body.message.text).toMatch(/^start é+$/);
  expect(await ended(said.body.run.id)).toMatchObject({ output: `I heard ${text.length} characters.` });
  const data = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  const parts = [
    { type: 'text', text: 'look' },
    { type: 'image', media_type: 'image/png', data },
  ];
  const shown = await post(`/sessions/${id}/send`, { parts });
  expect(await ended(shown.body.run.id)).toMatchObject({ status: 'succeeded' });
  expect(JSON.stringify(world.model.turns().at(-1)?.body)).toContain(data);
  const much = await post(`/sessions/${id}/send`, { text: 'x'.repeat(4 * 1024 * 1024 + 1) });
  expect(much).toMatchObject({ status: 413, body: { code: 'message_too_large' } });
});

test('a child is spawned once under its key, tells its parent something, and wakes it at its end', async () => {
  const parent = await create();
  const run = (await post(`/sessions/${parent}/send`, { text: 'begin' })).body.run;
  await ended(run.id);
  const spawn = { task: 'do a part', idempotency_key: 's1' };
  const child = await post(`/runs/${run.id}/spawn`, spawn);
  expect(child).toMatchObject({
    status: 201,
    body: { session: { parent_session_id: parent, parent_run_id: run.id, depth: 1 }, run: { number: 1 } },
  });
  expect((await post(`/runs/${run.id}/spawn`, spawn)).body.session.id).toBe(child.body.session.id);
  expect(await post(`/runs/${run.id}/spawn`, { ...spawn, task: 'other' })).toMatchObject({ status: 422 });
  expect(await ended(child.body.run.id)).toMatchObject({ status: 'succeeded' });
  const woken = await until(async () => {
    const { session } = (await get(`/sessions/${parent}`)).body;
    return session.runs === 2 ? session : undefined;
  });
  expect(woken.children).toMatchObject([{ session_id: child.body.session.id, status: 'succeeded' }]);
  expect(await ended(`${parent}.2`)).toMatchObject({ from_run_id: child.body.run.id, status: 'succeeded' });
  const ask = { text: 'May I?', request_kind: 'approval_request', idempotency_key: 'e1' };
  const told = await post(`/runs/${child.body.run.id}/reply-parent`, ask);
  expect(told).toMatchObject({
    status: 202,
    body: { parent_session_id: parent, run: null, message: { role: 'tool' } },
  });
  const again = await post(`/runs/${child.body.run.id}/reply-parent`, ask);
  expect(again.body.message.id).toBe(told.body.message.id);
  expect(await post(`/runs/${run.id}/reply-parent`, ask)).toMatchObject({ status: 409, body: { code: 'no_parent' } });
  await until(async () => (await typesOf(parent)).includes('escalation'));
});

test('a session that is closed takes nothing more, and its events end', async () => {
  const id = await create();
  await ended((await post(`/sessions/${id}/send`, { text: 'one' })).body.run.id);
  expect((await post(`/sessions/${id}/close`)).status).toBe(200);
  await until(async () => (await get(`/sessions/${id}`)).body.session.status === 'closed');
  expect((await typesOf(id)).at(-1)).toBe('session_closed');
  expect(await post(`/sessions/${id}/send`, { text: 'two' })).toMatchObject({
    status: 409,
    body: { code: 'session_closed' },
  });
  expect((await post(`/sessions/${id}/close`)).body.session.closed_at).not.toBeNull();
});
