import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startApiWorld, type Api } from '../../support/api.ts';

const KEY = { authorization: 'Bearer k1' };
const ORIGIN = 'https://ui.example';

let api: Api;
beforeAll(async () => {
  const keys = { AGENTICORE_API_KEYS: 'alice=k1', AGENTICORE_RATE_LIMIT: '20' };
  api = await startApiWorld({ ...keys, AGENT_MODE: 'true', AGENTICORE_ALLOWED_ORIGINS: ORIGIN });
});
afterAll(() => api.close());

test("who has no key is refused in OpenAI's shape, on every route and where there is none", async () => {
  for (const path of ['/v1/models', '/v1/nothing']) {
    const { status, body } = await api.get(path);
    expect({ status, body }).toEqual({
      status: 401,
      body: {
        error: {
          ...{ message: 'the request has no API key', type: 'authentication_error', param: null },
          code: 'invalid_api_key',
        },
      },
    });
  }
});

test('a key is taken as a bearer token and as X-API-Key', async () => {
  const bearer = await api.send({ path: '/v1/models', headers: KEY });
  const header = await api.send({ path: '/v1/models', headers: { 'x-api-key': 'k1' } });
  expect(bearer).toMatchObject({ status: 200, body: { object: 'list', data: [{ id: 'repo-guide' }] } });
  expect(header).toEqual(bearer);
});

test('pages of an origin that is allowed may read replies; every other origin is refused', async () => {
  const ask = (origin: string, method: string): Promise<Response> =>
    fetch(`${api.url}/v1/models`, {
      method,
      headers: { ...(method === 'GET' && KEY), origin, 'access-control-request-method': 'POST' },
    });
  const preflight = await ask(ORIGIN, 'OPTIONS');
  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, ORIGIN]);
  const read = await ask(ORIGIN, 'GET');
  expect([read.status, read.headers.get('access-control-allow-origin')]).toEqual([200, ORIGIN]);
  expect(read.headers.get('access-control-expose-headers')).toContain('x-agenticore-session-id');
  expect((await ask('https://evil.example', 'GET')).status).toBe(403);
});

test('a completion of nobody, and of another owner, does not exist', async () => {
  const path = '/v1/chat/completions/chatcmpl-00000000-0000-4000-8000-000000000000.1';
  expect(await api.send({ path, headers: KEY })).toMatchObject({
    status: 404,
    body: { error: { code: 'completion_not_found' } },
  });
});

test('who asks too often is told when to ask again', async () => {
  const ask = (): Promise<Response> => fetch(`${api.url}/v1/models`, { headers: KEY });
  const replies = await Promise.all(Array.from({ length: 25 }, ask));
  const refused = replies.find(({ status }) => status === 429);
  expect(await refused?.json()).toMatchObject({ error: { type: 'rate_limit_error', code: 'rate_limit_exceeded' } });
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
});
