import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ElicitRequestSchema, type ElicitRequest, type ElicitResult } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { PageOf } from '../../api/http/typed-app.ts';
import type { ApprovalListReply } from '../../contract/http/approval.ts';
import { deferred } from '../../contract/shared/deferred.ts';
import { callTool, connectMcp, TRANSPORTS } from '../support/mcp.ts';
import { bash, inOrder } from '../support/model/scripts.ts';
import { call, type Product } from '../support/product.ts';
import { createSession, decide, pendingApprovals, say } from '../support/sessions.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let product: Product;
let client: Client;
beforeAll(async () => {
  const one = inOrder(bash('echo made > note.txt'), { text: 'done' });
  const two = inOrder(bash('echo made > note.txt'), bash('echo made > two.txt'), { text: 'done' });
  world = await createWorld({ script: (said) => (said.latest.includes('two') ? two : one)(said) });
  product = await world.start('serve');
});
afterAll(() => world.end());
afterEach(() => client.close());

/** How the user of a client answers a form; `withdrawn` aborts when it is taken away. */
type User = (form: ElicitRequest['params'], withdrawn: AbortSignal) => Promise<ElicitResult>;

/** A client whose user is asked by forms. */
async function clientOf(user: User, transport: (url: string) => Transport = TRANSPORTS['streamable HTTP']) {
  client = await connectMcp(transport(product.url), { elicitation: {} });
  client.setRequestHandler(ElicitRequestSchema, ({ params }, { signal }) => user(params, signal));
}

const accepting =
  (content: Record<string, string | boolean>): User =>
  () =>
    Promise.resolve({ action: 'accept', content });

/** Says something to a session that asks, and waits for what the tool answers. */
async function waited(session: string, text = 'make a note'): Promise<Record<string, unknown>> {
  const args = { session_id: session, text, wait: true, wait_timeout_s: 100 };
  const { body, isError } = await callTool(client, 'send_message', args, { timeout: 110_000 });
  expect(isError).toBe(false);
  return body;
}

const asking = async (): Promise<string> => (await createSession(product.url, { approvals: 'ask' })).id;
const approvalsOf = async (session: string) =>
  (await call<PageOf<typeof ApprovalListReply>>(product.url, `/approvals?session_id=${session}`)).body.approvals;

describe.each(Object.entries(TRANSPORTS))('over %s', (_name, transport) => {
  test('a tool call is put to the user of the client that waits, who denies it and says why', async () => {
    const forms: ElicitRequest['params'][] = [];
    await clientOf((form) => {
      forms.push(form);
      return Promise.resolve({ action: 'accept', content: { decision: 'deny', reason: 'not on Sundays' } });
    }, transport);
    const session = await asking();
    expect(await waited(session)).toMatchObject({
      run: { status: 'succeeded', output: 'done' },
      pending_approvals: [],
    });
    expect(forms).toMatchObject([{ message: expect.stringMatching(/^The agent wants to use Bash:\n.*echo made/) }]);
    expect(await approvalsOf(session)).toMatchObject([{ status: 'denied', via: 'mcp', reason: 'not on Sundays' }]);
    expect(JSON.stringify(world.model.turns().at(-1)?.body)).toContain('not on Sundays');
  });
});

test('remember in the form decides further calls of the tool', async () => {
  await clientOf(accepting({ decision: 'allow', remember: true }));
  const session = await asking();
  await waited(session, 'make two notes');
  expect(await approvalsOf(session)).toMatchObject([
    { status: 'allowed', via: 'mcp' },
    { status: 'allowed', via: 'rule' },
  ]);
});

test.each<[string, ElicitResult['action']]>([
  ['declines', 'decline'],
  ['closes', 'cancel'],
])('a user who %s the form leaves the approval pending, and the call answers with it', async (_what, action) => {
  await clientOf(() => Promise.resolve({ action }));
  const session = await asking();
  const { run, pending_approvals } = await waited(session);
  const [pending] = await approvalsOf(session);
  expect(pending).toMatchObject({ status: 'pending' });
  expect([run, pending_approvals]).toMatchObject([{ status: 'waiting_approval' }, [pending?.id]]);
});

test('a form is taken away when somebody else has decided, and the call goes on', async () => {
  const shown = deferred();
  const gone = deferred();
  await clientOf((_form, withdrawn) => {
    shown.resolve();
    withdrawn.addEventListener('abort', () => gone.resolve());
    return gone.promise.then(() => ({ action: 'cancel' }));
  });
  const session = await asking();
  const answer = waited(session);
  await shown.promise;
  const [pending] = await pendingApprovals(() => product.url, session);
  expect(await decide(product.url, pending?.id ?? '', 'allow')).toBe(200);
  await gone.promise;
  expect(await answer).toMatchObject({ run: { status: 'succeeded' } });
  expect(await approvalsOf(session)).toMatchObject([{ status: 'allowed', via: 'rest' }]);
});

test('wait_run asks about what has waited before it', async () => {
  await clientOf(accepting({ decision: 'allow' }));
  const session = await asking();
  const { id } = await say(product.url, session, 'make a note');
  await pendingApprovals(() => product.url, session);
  const { body } = await callTool(client, 'wait_run', { run_id: id, wait_timeout_s: 100 }, { timeout: 110_000 });
  expect(body).toMatchObject({ run: { status: 'succeeded' } });
});

test('a client without forms is answered when its run begins to wait, and decides by a tool', async () => {
  client = await connectMcp(TRANSPORTS['streamable HTTP'](product.url));
  const session = await asking();
  const { run, pending_approvals } = (await waited(session)) as { run: { id: string }; pending_approvals: string[] };
  expect(pending_approvals).toHaveLength(1);
  await callTool(client, 'decide_approval', { approval_id: pending_approvals[0], decision: 'allow' });
  const { body } = await callTool(client, 'wait_run', { run_id: run.id, wait_timeout_s: 100 }, { timeout: 110_000 });
  expect(body).toMatchObject({ run: { status: 'succeeded', output: 'done' }, pending_approvals: [] });
});
