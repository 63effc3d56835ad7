import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Command } from 'commander';
import { inTurns } from '../../../api/in-turns.ts';
import { createAgentctl } from '../../../cli/agentctl/program.ts';
import { startApiWorld, type Api } from '../../support/api.ts';
import { runCli } from '../../support/cli.ts';
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

type Ids = Readonly<Record<'session' | 'run', string>>;

const ROUTES: readonly [string, (ids: Ids) => string, object | undefined][] = [
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
  ['POST', ({ session }) => `/sessions/${session}/fork`, {}],
  ['GET', ({ session }) => `/sessions/${session}/audit`, undefined],
  ['GET', ({ session }) => `/sessions/${session}/usage`, undefined],
  ['GET', ({ run }) => `/runs/${run}/usage`, undefined],
  ['POST', ({ run }) => `/runs/${run}/spawn`, { task: 'x' }],
  ['POST', ({ run }) => `/runs/${run}/reply-parent`, { text: 'x' }],
  ['POST', () => `/approvals/${APPROVAL}`, { decision: 'allow' }],
  ['GET', ({ session }) => `/approvals?session_id=${session}`, undefined],
];

test.each(ROUTES)('another owner gets 404 for %s %s', async (method, path, body) => {
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

const TOOLS: readonly [string, (ids: Ids) => Record<string, unknown>][] = [
  ['get_session', ({ session }) => ({ session_id: session })],
  ['session_events', ({ session }) => ({ session_id: session })],
  ['send_message', ({ session }) => ({ session_id: session, text: 'x' })],
  ['fork_session', ({ session }) => ({ session_id: session })],
  ['spawn_session', ({ session }) => ({ session_id: session, task: 'x' })],
  ['deliver_session', ({ session }) => ({ session_id: session })],
  ['close_session', ({ session }) => ({ session_id: session })],
  ['get_run', ({ run }) => ({ run_id: run })],
  ['wait_run', ({ run }) => ({ run_id: run })],
  ['cancel_run', ({ run }) => ({ run_id: run })],
  ['reply_parent', ({ run }) => ({ run_id: run, text: 'x' })],
  ['list_approvals', ({ session }) => ({ session_id: session })],
  ['decide_approval', () => ({ approval_id: APPROVAL, decision: 'allow' })],
];

test.each(TOOLS)('over MCP %s of another owner finds nothing', async (name, args) => {
  const { isError, body } = await callTool(bob, name, args({ session, run }));
  expect(isError).toBe(true);
  expect(body.code).toMatch(/^(session|run|approval)_not_found$/);
});

test('over MCP another owner answers no form about an approval', async () => {
  const id = `approval:${session}:${APPROVAL}:${'0'.repeat(12)}`;
  const answer = { jsonrpc: '2.0', id, result: { action: 'accept', content: { decision: 'allow' } } };
  const { status, body } = await send('POST', '/mcp', answer, { owner: 'bob' });
  expect([status, body]).toMatchObject([404, { error: { data: { code: 'session_not_found' } } }]);
});

/** The verbs of agentctl about one session, run or approval, with all that they must be given. */
function verbsOf(command: Command, words: readonly string[] = []): string[][] {
  if (command.commands.length > 0) return command.commands.flatMap((sub) => verbsOf(sub, [...words, sub.name()]));
  const given = { session, run, 'parent-run': run, approval: APPROVAL };
  const ids = new Map(Object.entries(given).map(([name, id]) => [`--${name}-id`, id]));
  const options = command.options.filter(({ long, mandatory }) => mandatory || ids.has(long ?? ''));
  if (!options.some(({ long }) => ids.has(long ?? ''))) return [];
  const rest = { '--to-status': 'cancelled' } as Record<string, string>;
  return [[...words, ...options.flatMap(({ long = '' }) => [long, ids.get(long) ?? rest[long] ?? 'x'])]];
}

test('by agentctl no verb of another owner finds anything', async () => {
  const verbs = verbsOf(createAgentctl());
  expect(verbs.length).toBeGreaterThan(15);
  const env = { AGENTCTL_AUTH_TOKEN: OWNER_KEYS.bob };
  await inTurns(4, verbs, async (verb) => {
    const { code, stderr, stdout } = await runCli(api.url, verb, { command: 'agentctl', env });
    expect([verb, code, stdout]).toEqual([verb, 1, '']);
    expect((JSON.parse(stderr) as { code: string }).code).toMatch(/^(session|run|approval)_not_found$/);
  });
}, 120_000);

test('every route and every tool about one session, run or approval is among those that were tried', async () => {
  const { body } = await send('GET', '/openapi.json');
  const routes = Object.entries(body.paths as Record<string, object>)
    .filter(([path]) => /^\/(sessions|runs|approvals)\/\{id\}|^\/stream$/.test(path))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  const ids = { session: '{id}', run: '{id}' };
  const tried = ROUTES.map(([method, path]) => `${method} ${path(ids).replace(/\?.*/, '').replace(APPROVAL, '{id}')}`);
  expect(routes.filter((route) => !tried.includes(route))).toEqual([]);
  const { tools } = await bob.listTools();
  // Of a job `session_id` is the agent's own.
  const about = tools.filter(
    ({ name, inputSchema: { properties = {} } }) =>
      name !== 'run_task' && ['session_id', 'run_id', 'approval_id'].some((field) => field in properties),
  );
  expect(about.map(({ name }) => name).filter((name) => !TOOLS.some(([tool]) => tool === name))).toEqual([]);
  expect(about.length).toBeGreaterThan(10);
});

test('what another owner tried has changed nothing', async () => {
  expect((await send('GET', `/runs/${run}`)).body).toMatchObject({ run: { status: 'waiting_approval' } });
  expect((await send('GET', `/sessions/${session}`)).body).toMatchObject({
    session: { queued_runs: [`${session}.2`] },
  });
});
