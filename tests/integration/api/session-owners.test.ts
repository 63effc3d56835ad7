import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { startApiWorld, type Api } from '../../support/api.ts';
import { callTool, connectMcp } from '../../support/mcp.ts';
import { API_KEYS, OWNER_KEYS, sendAs } from '../../support/owners.ts';
import { approvalOf, briefOf, showRun, showSession } from '../../support/session-memo.ts';

const APPROVAL = `apr_${'a'.repeat(24)}`;

let api: Api;
let bob: Client;
/** A session of alice, with a run that has begun, one that waits, and an approval that is pending. */
let session: string;
let run: string;
beforeAll(async () => {
  api = await startApiWorld({ AGENTICORE_API_KEYS: API_KEYS });
  session = await showSession(api.client, {
    state: (id) => ({
      ...{ runs: 2, active: briefOf(id, 1), queue: [briefOf(id, 2)], disk: 'here' },
      approvals: [approvalOf(id, APPROVAL)],
    }),
    spec: { parent: { session_id: '00000000-0000-4000-8000-000000000000', run_id: 'x', wake: true } },
  });
  run = await showRun(api.client, session, 1);
  await api.events.append(session, [{ type: 'text', text: 'a secret of alice' }], { run: 1 });
  const requestInit = { headers: { 'x-api-key': OWNER_KEYS.bob } };
  bob = await connectMcp(new StreamableHTTPClientTransport(new URL(`${api.url}/mcp`), { requestInit }));
});
afterAll(async () => {
  await bob.close();
  await api.close();
});

const send = sendAs(() => api);
const message = { text: 'hi', idempotency_key: 'k' };

test.each<[string, (ids: { session: string; run: string }) => string, object | undefined]>([
  ['GET', ({ session }) => `/sessions/${session}`, undefined],
  ['GET', ({ session }) => `/sessions/${session}/runs`, undefined],
  ['GET', ({ session }) => `/sessions/${session}/events`, undefined],
  ['GET', ({ session }) => `/stream?sessionId=${session}`, undefined],
  ['POST', ({ session }) => `/sessions/${session}/messages`, message],
  ['POST', ({ session }) => `/sessions/${session}/send`, message],
  ['POST', ({ session }) => `/sessions/${session}/spawn`, { task: 'x' }],
  ['POST', ({ session }) => `/sessions/${session}/deliver`, {}],
  ['POST', ({ session }) => `/sessions/${session}/close`, {}],
  ['GET', ({ run }) => `/runs/${run}`, undefined],
  ['GET', ({ session }) => `/runs/${session}.2`, undefined],
  ['GET', ({ run }) => `/runs/${run}/wait?timeout_s=5`, undefined],
  ['GET', ({ run }) => `/runs/${run}/diagnose`, undefined],
  ['POST', ({ run }) => `/runs/${run}/cancel`, {}],
  ['POST', ({ session }) => `/runs/${session}.2/cancel`, {}],
  ['POST', ({ run }) => `/runs/${run}/transition`, { to_status: 'cancelled' }],
  ['POST', ({ run }) => `/runs/${run}/spawn`, { task: 'x' }],
  ['POST', ({ run }) => `/runs/${run}/reply-parent`, { text: 'x' }],
  ['POST', () => `/approvals/${APPROVAL}`, { decision: 'allow' }],
  ['GET', ({ session }) => `/approvals?session_id=${session}`, undefined],
])('another owner gets 404 for %s %s', async (method, path, body) => {
  const answer = await send(method, path({ session, run }), body, { owner: 'bob' });
  expect(answer).toMatchObject({ status: 404, body: { success: false } });
  expect(JSON.stringify(answer.body)).not.toContain('secret');
});

test('another owner posts no run into the session, and decides no approval by naming it', async () => {
  const posted = await send('POST', '/runs', { session_id: session, text: 'x' }, { owner: 'bob' });
  expect(posted).toMatchObject({ status: 404, body: { code: 'session_not_found' } });
  const decided = await send(
    'POST',
    `/approvals/${APPROVAL}`,
    { decision: 'allow', session_id: session },
    { owner: 'bob' },
  );
  expect(decided.status).toBe(404);
});

test('lists have nothing of another owner', async () => {
  await api.countJobs();
  expect((await send('GET', '/sessions', undefined, { owner: 'bob' })).body).toMatchObject({ count: 0 });
  expect((await send('GET', '/approvals', undefined, { owner: 'bob' })).body).toMatchObject({ count: 0 });
  expect((await send('GET', `/approvals?session_id=${session}`)).body).toMatchObject({
    count: 1,
    approvals: [{ id: APPROVAL, status: 'pending', session_id: session }],
  });
});

test.each<[string, (ids: { session: string; run: string }) => Record<string, unknown>]>([
  ['get_session', ({ session }) => ({ session_id: session })],
  ['session_events', ({ session }) => ({ session_id: session })],
  ['send_message', ({ session }) => ({ session_id: session, text: 'x' })],
  ['spawn_session', ({ session }) => ({ session_id: session, task: 'x' })],
  ['deliver_session', ({ session }) => ({ session_id: session })],
  ['close_session', ({ session }) => ({ session_id: session })],
  ['get_run', ({ run }) => ({ run_id: run })],
  ['wait_run', ({ run }) => ({ run_id: run })],
  ['cancel_run', ({ run }) => ({ run_id: run })],
  ['reply_parent', ({ run }) => ({ run_id: run, text: 'x' })],
  ['list_approvals', ({ session }) => ({ session_id: session })],
  ['decide_approval', () => ({ approval_id: APPROVAL, decision: 'allow' })],
])('over MCP %s of another owner finds nothing', async (name, args) => {
  const { isError, body } = await callTool(bob, name, args({ session, run }));
  expect(isError).toBe(true);
  expect(body.code).toMatch(/^(session|run|approval)_not_found$/);
});

test('what another owner tried has changed nothing', async () => {
  expect((await send('GET', `/runs/${run}`)).body).toMatchObject({ run: { status: 'waiting_approval' } });
  expect((await send('GET', `/sessions/${session}`)).body).toMatchObject({
    session: { queued_runs: [`${session}.2`] },
  });
});
