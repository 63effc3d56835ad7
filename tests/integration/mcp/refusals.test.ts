import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startApiWorld, type Api } from '../../support/api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApiWorld();
});
afterAll(() => api.close());

const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };

async function post(body: unknown, headers: Record<string, string> = {}, path = '/mcp') {
  const sent = request(api.url + path, { method: 'POST', headers: { ...HEADERS, ...headers }, agent: false });
  sent.end(typeof body === 'string' ? body : JSON.stringify(body));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

test.each([
  ['a foreign Origin', { origin: 'http://evil.example' }],
  ['a foreign Host', { host: 'evil.example:8399' }],
])('%s is refused with 403, at every address', async (_name, headers) => {
  for (const path of ['/mcp', '/messages?sessionId=x']) {
    const answer = await post(PING, headers, path);
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({ jsonrpc: '2.0', id: null, error: { message: expect.any(String) } });
  }
  for (const path of ['/mcp', '/sse']) expect((await api.send({ path, headers })).status).toBe(403);
});

describe('what is no MCP message', () => {
  test.each<[string, string, Record<string, string>, number]>([
    ['broken JSON', '{"jsonrpc"', {}, 400],
    ['nothing', '', {}, 400],
    ['null', 'null', {}, 400],
    ['a text', '"ping"', {}, 400],
    ['a list 100,000 deep', '['.repeat(100_000), {}, 400],
    [
      'params 10,000 lists deep',
      `{"jsonrpc":"2.0","id":1,"method":"ping","params":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
      {},
      400,
    ],
    ['__proto__', '{"jsonrpc":"2.0","id":1,"method":"ping","__proto__":{"a":1}}', {}, 400],
    ['3 MiB', JSON.stringify({ ...PING, params: { x: 'x'.repeat(3 * 1024 * 1024) } }), {}, 413],
    ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['a client that takes neither JSON nor a stream', JSON.stringify(PING), { accept: 'text/html' }, 406],
    ['an unknown version of the protocol', JSON.stringify(PING), { 'mcp-protocol-version': '1999-01-01' }, 400],
  ])('%s is refused as JSON-RPC says', async (_name, payload, headers, status) => {
    const answer = await post(payload, headers);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ jsonrpc: '2.0', error: { code: expect.any(Number) } });
    expect(answer.body).not.toMatch(/node_modules|\.ts:\d|at .*\(/);
  });
});

test.each([
  ['application/json', 'application/json'],
  ['*/*', 'application/json'],
  ['text/event-stream', 'text/event-stream'],
  ['application/json, text/event-stream', 'text/event-stream'],
])('a client that accepts %s is answered with %s', async (accept, type) => {
  const { status, headers, body } = await post(PING, { accept });
  expect({ status, type: String(headers['content-type']).split(';')[0] }).toEqual({ status: 200, type });
  expect(body).toContain('"result":{}');
});

test.each(['{"jsonrpc"', ''])('the body %j is a parse error', async (payload) => {
  expect(JSON.parse((await post(payload)).body)).toMatchObject({ id: null, error: { code: -32700 } });
});

test.each(['GET', 'DELETE'])('%s /mcp says that only POST is served', async (method) => {
  const { status, body } = await api.send({ method, path: '/mcp', headers: { accept: 'text/event-stream' } });
  expect({ status, ...body }).toMatchObject({ status: 405, jsonrpc: '2.0' });
});

test('a call in a session that this instance has never seen is answered', async () => {
  const { status, body } = await post(PING, { 'mcp-session-id': 'of another instance' });
  expect([status, body]).toEqual([200, expect.stringContaining('"result":{}')]);
});

test('a message for an SSE session that is not there is refused with 404', async () => {
  expect((await post(PING, {}, '/messages?sessionId=none')).status).toBe(404);
  expect((await post(PING, {}, '/messages')).status).toBe(404);
});
