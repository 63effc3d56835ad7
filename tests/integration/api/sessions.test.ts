import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunRecord } from '../../../contract/http/run.ts';
import { SessionRecord } from '../../../contract/http/session.ts';
import { runIdOf } from '../../../contract/workflow/names.ts';
import { startApiWorld, type Api } from '../../support/api.ts';
import { API_KEYS, sendAs } from '../../support/owners.ts';
import { briefOf, showRun, showSession } from '../../support/session-memo.ts';

let api: Api;
beforeAll(async () => {
  api = await startApiWorld({ AGENTICORE_API_KEYS: API_KEYS });
});
afterAll(() => api.close());

const send = sendAs(() => api);

async function create(body?: object, headers = {}): Promise<SessionRecord> {
  const { status, body: answer } = await send('POST', '/sessions', body, { headers });
  expect({ status, answer }).toMatchObject({ status: 201 });
  return SessionRecord.parse(answer.session);
}

const runOf = async (id: string): Promise<RunRecord> => (await send('GET', `/runs/${id}`)).body.run as RunRecord;

describe('with no worker at all', () => {
  test('a session is created by an empty body, is read and listed', async () => {
    const session = await create();
    expect(session).toMatchObject({ status: 'idle', profile: 'code', owner: 'alice', approvals: 'none', runs: 0 });
    expect((await send('GET', `/sessions/${session.id}`)).body).toMatchObject({ session: { id: session.id } });
    await api.countJobs();
    const { body } = await send('GET', '/sessions?status=idle');
    expect((body.sessions as SessionRecord[]).map(({ id }) => id)).toContain(session.id);
    expect((await send('GET', '/sessions?status=closed')).body).toMatchObject({ count: 0 });
    expect((await send('GET', '/sessions', undefined, { owner: 'bob' })).body).toMatchObject({ count: 0 });
  });

  test('the same key and request get the same session, another request 422', async () => {
    const headers = { 'idempotency-key': 'create-1' };
    const { id } = await create({ title: 'one' }, headers);
    expect((await create({ title: 'one' }, headers)).id).toBe(id);
    const answer = await send('POST', '/sessions', { title: 'two' }, { headers });
    expect(answer).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
  });

  test.each([
    ['profile', { profile: 'no-such' }, 'profile_not_found'],
    ['profile', { profile: 'auto' }, 'invalid_request'],
    ['agent', { agent: 'gpt' }, 'invalid_request'],
    ['base_ref', { base_ref: 'main' }, 'invalid_request'],
    ['repo_url', { repo_url: 'https://127.0.0.1/a/b' }, 'blocked_host'],
    ['max_depth', { max_depth: 11 }, 'invalid_request'],
    ['branch', { branch: 'mine' }, 'invalid_request'],
  ])('a request that cannot be meant is refused by its field %s: %j', async (field, body, code) => {
    const answer = await send('POST', '/sessions', body);
    expect(answer).toMatchObject({ status: 400, body: { success: false, code } });
    if (code === 'invalid_request') expect(answer.body.field).toBe(field);
  });

  test('a message is 503 no_worker: it may be sent again under its key', async () => {
    const { id } = await create();
    const answer = await send('POST', `/sessions/${id}/messages`, { text: 'hi', idempotency_key: 'm' });
    expect(answer).toMatchObject({ status: 503, body: { code: 'no_worker', next_step: expect.any(String) } });
  }, 30_000);

  test('what a session and its runs have come to is read from memos', async () => {
    const id = await showSession(api.client, {
      state: (id) => ({
        ...{ status: 'running', runs: 4, active: briefOf(id, 2), queue: [briefOf(id, 4)], disk: 'here' },
        dropped: [{ ...briefOf(id, 3), ended_at: '2026-11-27T09:00:00.000Z' }],
      }),
    });
    await showRun(api.client, id, 1, { status: 'failed', error: { code: 'agent_failed', message: 'it broke' } });
    await api.client.workflow.getHandle(runIdOf(id, 1)).terminate();
    await showRun(api.client, id, 2);
    const { session } = (await send('GET', `/sessions/${id}`)).body as { session: SessionRecord };
    expect(session).toMatchObject({ active_run_id: `${id}.2`, queued_runs: [`${id}.4`], runs: 4, disk: 'here' });
    expect(await runOf(`${id}.1`)).toMatchObject({ status: 'failed', error_code: 'agent_failed', error: 'it broke' });
    expect(await runOf(`${id}.2`)).toMatchObject({ status: 'running', worker_id: 'worker-1', text: 'message 2' });
    expect(await runOf(`${id}.3`)).toMatchObject({ status: 'cancelled', ended_at: '2026-11-27T09:00:00.000Z' });
    expect(await runOf(`${id}.4`)).toMatchObject({ status: 'queued', queue_position: 1, ui_url: null });
    const { body } = await send('GET', `/sessions/${id}/runs?limit=3`);
    expect((body.runs as RunRecord[]).map(({ number }) => number)).toEqual([4, 3, 2]);
    const rest = await send('GET', `/sessions/${id}/runs?cursor=${String(body.next_cursor)}`);
    expect(rest.body).toMatchObject({ count: 1, runs: [{ number: 1, status: 'failed' }], next_cursor: null });
  });

  test('waiting for a run answers when the time is over, and when it has ended', async () => {
    const id = await showSession(api.client, { state: (id) => ({ runs: 2, queue: [briefOf(id, 2)] }) });
    const run = await showRun(api.client, id, 1);
    expect((await send('GET', `/runs/${run}/wait?timeout_s=0.2&interval_ms=50`)).body).toMatchObject({
      timed_out: true,
      run: { status: 'running' },
    });
    expect((await send('GET', `/runs/${id}.2/wait?timeout_s=0.2`)).body).toMatchObject({
      timed_out: true,
      run: { status: 'queued', queue_position: 1 },
    });
    const [ended] = await Promise.all([
      send('GET', `/runs/${run}/wait?timeout_s=20`),
      api.client.workflow.getHandle(run).terminate(),
    ]);
    expect(ended).toMatchObject({ status: 200, body: { timed_out: false, run: { status: 'cancelled' } } });
  });

  test('a run that no worker has is cancelled', async () => {
    const id = await showSession(api.client, { state: (id) => ({ runs: 1, active: briefOf(id, 1) }) });
    const run = await showRun(api.client, id, 1);
    expect((await send('POST', `/runs/${run}/cancel`)).status).toBe(202);
    const waited = await send('GET', `/runs/${run}/wait?timeout_s=20`);
    expect(waited.body).toMatchObject({ timed_out: false, run: { status: 'cancelled' } });
    const again = await send('POST', `/runs/${run}/transition`, { to_status: 'canceled' });
    expect(again).toMatchObject({ status: 200, body: { run: { status: 'cancelled' } } });
  }, 30_000);

  test('a run that has ended cannot be set to another status', async () => {
    const id = await showSession(api.client);
    const run = await showRun(api.client, id, 1, { status: 'succeeded' });
    await api.client.workflow.getHandle(run).terminate();
    const answer = await send('POST', `/runs/${run}/transition`, { to_status: 'cancelled' });
    expect(answer).toMatchObject({ status: 409, body: { code: 'run_ended', field: 'to_status' } });
    const other = await send('POST', `/runs/${run}/transition`, { to_status: 'running' });
    expect(other).toMatchObject({ status: 400, body: { field: 'to_status' } });
  });
});

describe('a message that cannot be meant', () => {
  test.each([
    ['idempotency_key', { text: 'hi' }],
    ['text', { idempotency_key: 'k' }],
    ['text', { idempotency_key: 'k', text: ' ' }],
    ['text', { idempotency_key: 'k', text: 'a', parts: [{ type: 'text', text: 'b' }] }],
    ['mode', { idempotency_key: 'k', text: 'a', mode: 'now' }],
    ['role', { idempotency_key: 'k', text: 'a', role: 'root' }],
    ['text', { idempotency_key: 'k', text: 'a\0b' }],
  ])('is refused by its field %s: %j', async (field, body) => {
    const { id } = await create();
    const answer = await send('POST', `/sessions/${id}/messages`, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', field } });
  });

  test('is one with two different keys', async () => {
    const { id } = await create();
    const headers = { 'idempotency-key': 'b' };
    const answer = await send('POST', `/sessions/${id}/messages`, { text: 'a', idempotency_key: 'a' }, { headers });
    expect(answer).toMatchObject({ status: 400, body: { field: 'idempotency_key' } });
  });

  test('is one to a session that is none, or has ended', async () => {
    const body = { text: 'hi', idempotency_key: 'k' };
    expect(await send('POST', `/sessions/${randomUUID()}/messages`, body)).toMatchObject({ status: 404 });
    const { id } = await create();
    await api.client.workflow.getHandle(id).terminate();
    expect(await send('POST', `/sessions/${id}/messages`, body)).toMatchObject({
      status: 409,
      body: { code: 'session_closed' },
    });
  });
});
