import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { json, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { UnsecuredJWT } from 'jose';
import type { Api } from '../../support/api.ts';
import { goodClaims, type Issuer } from '../../support/issuer.ts';
import { SCOPES } from '../../../api/auth/caller.ts';
import { AUDIENCE, bearer, KEY, startOAuthWorld, type OAuthWorld } from '../../support/oauth-world.ts';
import { until } from '../../support/until.ts';

const METADATA = `resource_metadata="${AUDIENCE}/.well-known/oauth-protected-resource`;
const ENTRANCES: [method: string, path: string][] = [
  ['POST', '/mcp'],
  ['GET', '/sse'],
  ['POST', '/messages?sessionId=x'],
];

const WRITING_SESSIONS = [
  ...[
    'create_session',
    'send_message',
    'fork_session',
    'spawn_session',
    'reply_parent',
    'deliver_session',
    'close_session',
  ],
  ...['cancel_run', 'decide_approval'],
];

let world: OAuthWorld;
let issuer: Issuer;
let other: Issuer;
let api: Api;
beforeAll(async () => {
  world = await startOAuthWorld();
  ({ api, issuer, other } = world);
});
afterAll(() => world.close());

type Headers = Record<string, string>;
const as = async (claims: Record<string, unknown>): Promise<Headers> => bearer(await issuer.token(claims));

async function send(method: string, path: string, headers: Headers, message?: unknown): Promise<IncomingMessage> {
  const accept = 'application/json, text/event-stream';
  const sent = request(api.url + path, {
    method,
    headers: { ...(message === undefined ? {} : { 'content-type': 'application/json' }), accept, ...headers },
    agent: false,
  });
  sent.end(message === undefined ? undefined : JSON.stringify(message));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

const toolCall = (name: unknown, args: object = {}, id = 1): object => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args },
});
const runTask = toolCall('run_task', { task: 'x' });
const post = (headers: Headers, message: unknown): Promise<IncomingMessage> => send('POST', '/mcp', headers, message);

async function expectForbidden(response: IncomingMessage, scope: string, where = '/mcp'): Promise<void> {
  expect(response.statusCode).toBe(403);
  expect(response.headers['www-authenticate']).toBe(
    `Bearer error="insufficient_scope", scope="${scope}", ${METADATA}${where}"`,
  );
  expect(await json(response)).toMatchObject({ jsonrpc: '2.0', error: { data: { code: 'insufficient_scope' } } });
}

/** An open /sse, and the address that it gives for messages. */
async function openSse(headers: Headers): Promise<{ messages: string; stream: IncomingMessage }> {
  const stream = await send('GET', '/sse', headers);
  for await (const line of createInterface(stream)) {
    if (line.startsWith('data: ')) return { messages: line.slice('data: '.length), stream };
  }
  throw new Error('the stream ended without an address');
}

describe.each(ENTRANCES)('%s %s', (method, path) => {
  test('without a token is 401, and says where to learn how to get one', async () => {
    const { statusCode, headers } = await send(method, path, {}, method === 'POST' ? runTask : undefined);
    expect(statusCode).toBe(401);
    expect(headers['www-authenticate']).toContain(METADATA);
  });

  test('is 401 for a token that is for another audience, expired, unsigned or of another issuer', async () => {
    const claims = goodClaims(issuer.url, AUDIENCE);
    const tokens = [
      await issuer.token({ aud: 'https://elsewhere.example' }),
      await issuer.token({ exp: Math.floor(Date.now() / 1_000) - 60 }),
      new UnsecuredJWT(claims).encode(),
      await other.token(),
      await other.token({ iss: issuer.url }),
    ];
    for (const token of tokens) {
      const { statusCode, headers } = await send(method, path, bearer(token), method === 'POST' ? runTask : undefined);
      expect(statusCode).toBe(401);
      expect(headers['www-authenticate']).toContain('error="invalid_token"');
    }
    await expect(api.countJobs()).resolves.toBe(0);
  });

  test('needs jobs:read', async () => {
    const writer = await as({ scope: 'jobs:write' });
    const response = await send(method, path, writer, method === 'POST' ? runTask : undefined);
    await expectForbidden(response, 'jobs:read', path === '/mcp' ? '/mcp' : '');
  });
});

describe('a token that is for reading alone', () => {
  test('opens the tools that only read, and no other', async () => {
    const reader = await as({ scope: 'jobs:read' });
    const listed = await text(await post(reader, { jsonrpc: '2.0', id: 1, method: 'tools/list' }));
    const { result } = JSON.parse(/^data: (.*)$/m.exec(listed)?.[1] ?? '') as {
      result: { tools: { name: string; annotations: { readOnlyHint: boolean } }[] };
    };
    const reading = result.tools.filter(({ annotations }) => annotations.readOnlyHint).map(({ name }) => name);
    const writing = result.tools.filter(({ annotations }) => !annotations.readOnlyHint).map(({ name }) => name);
    expect(reading).toEqual(expect.arrayContaining(['list_jobs', 'get_job']));
    expect(writing).toEqual(expect.arrayContaining(['run_task', 'cancel_job']));
    const ofSessions = ['get_session', 'list_sessions', 'session_events', 'get_run', 'wait_run', 'list_approvals'];
    expect(reading).toEqual(expect.arrayContaining(ofSessions));
    for (const name of reading.filter((each) => !ofSessions.includes(each)))
      expect((await post(reader, toolCall(name))).statusCode).toBe(200);
    for (const name of ofSessions) await expectForbidden(await post(reader, toolCall(name)), 'sessions:read');
    for (const name of writing)
      await expectForbidden(
        await post(reader, toolCall(name, { task: 'x' })),
        WRITING_SESSIONS.includes(name) ? 'sessions:read sessions:write' : 'jobs:read jobs:write',
      );
    for (const name of ['no_such_tool', '__proto__', 7, undefined])
      await expectForbidden(await post(reader, toolCall(name)), SCOPES.join(' '));
    await expect(api.countJobs()).resolves.toBe(0);
  });

  test('answers no form about an approval', async () => {
    const reader = await as({ scope: 'jobs:read sessions:read' });
    const id = `approval:00000000-0000-4000-8000-000000000000:apr_${'a'.repeat(24)}:${'0'.repeat(12)}`;
    const answer = { jsonrpc: '2.0', id, result: { action: 'accept', content: { decision: 'allow' } } };
    await expectForbidden(await post(reader, answer), 'sessions:write');
  });

  test('starts nothing by a batch either', async () => {
    const reader = await as({ scope: 'jobs:read' });
    for (const batch of [[toolCall('list_jobs'), runTask], [runTask]])
      await expectForbidden(await post(reader, batch), 'jobs:read jobs:write');
    expect((await post(reader, [toolCall('list_jobs', {}, 1), toolCall('list_jobs', {}, 2)])).statusCode).toBe(200);
    await expect(api.countJobs()).resolves.toBe(0);
  });

  test('reads over SSE, and starts nothing there', async () => {
    const reader = await as({ scope: 'jobs:read' });
    const { messages, stream } = await openSse(reader);
    await expectForbidden(await send('POST', messages, reader, runTask), 'jobs:read jobs:write', '');
    expect((await send('POST', messages, reader, toolCall('list_jobs'))).statusCode).toBe(202);
    await expect(api.countJobs()).resolves.toBe(0);
    stream.destroy();
  });

  test('is told by REST, too, where to get another', async () => {
    const response = await send('POST', '/jobs', await as({ scope: 'jobs:read' }), { task: 'x' });
    expect(response.statusCode).toBe(403);
    expect(response.headers['www-authenticate']).toBe(
      `Bearer error="insufficient_scope", scope="jobs:write", ${METADATA}"`,
    );
  });
});

describe('the id of a session is no key to it', () => {
  test('a message to the SSE session of another is refused as if there were none', async () => {
    const { messages, stream } = await openSse(await as({ sub: 'carol' }));
    const stolen = await send('POST', messages, await as({ sub: 'dave' }), toolCall('list_jobs'));
    expect(stolen.statusCode).toBe(404);
    const bare = await send('POST', messages, {}, toolCall('list_jobs'));
    expect(bare.statusCode).toBe(401);
    const own = await send('POST', messages, await as({ sub: 'carol' }), toolCall('list_jobs'));
    expect(own.statusCode).toBe(202);
    stream.destroy();
  });

  test('nor does an Mcp-Session-Id let another read its jobs or cancel its calls', async () => {
    const session = { 'mcp-session-id': 'of carol' };
    const [carol, dave] = [
      { ...(await as({ sub: 'carol' })), ...session },
      { ...(await as({ sub: 'dave' })), ...session },
    ];
    const waiting = await post(carol, toolCall('run_task', { task: 'wait', wait: true }, 7));
    const id = await started(carol);
    expect(await list(dave)).toEqual([]);
    expect(await text(await post(dave, toolCall('get_job', { job_id: id })))).toContain('job_not_found');
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } };
    expect((await post(dave, cancel)).statusCode).toBe(202);
    // Had that ended the call, the end of the job would be told to nobody.
    await api.client.workflow.getHandle(id).terminate();
    expect(await text(waiting)).toContain(id);
  });

  async function list(headers: Headers): Promise<{ id: string }[]> {
    const { body } = await api.send({ path: '/jobs', headers });
    return body.jobs as { id: string }[];
  }

  /** The caller's only job, once it has been started. */
  const started = (headers: Headers): Promise<string> => until(async () => (await list(headers))[0]?.id);
});

test('an API key is for every tool', async () => {
  const response = await post({ 'x-api-key': KEY }, toolCall('cancel_job', { job_id: 'none' }));
  expect([response.statusCode, await text(response)]).toEqual([200, expect.stringContaining('invalid_request')]);
});
