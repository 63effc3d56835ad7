import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JobRecord } from '../../../contract/http/job-record.ts';
import { startApiWorld, type Answer, type Api } from '../../support/api.ts';

const ALICE = 'alice-key-0123456789abcdef';
const BOB = 'bob-key-0123456789abcdef';
const PLAIN = 'cGxhaW4ta2V5LW9mLW5vYm9keQ==';

let api: Api;
beforeAll(async () => {
  api = await startApiWorld({ AGENTICORE_API_KEYS: `alice=${ALICE}, bob=${BOB},${PLAIN}` });
});
afterAll(() => api.close());

const as = (key: string): Record<string, string> => ({ 'x-api-key': key });
const submit = (key: string, headers: Record<string, string> = {}): Promise<JobRecord> =>
  api.submit({}, { ...as(key), ...headers });
const call = (key: string, path: string, method = 'GET'): Promise<Answer> =>
  api.send({ method, path, headers: as(key) });

/** The header that tells how to get in. */
async function challenge(url: string, path: string, headers: Record<string, string> = {}): Promise<string> {
  const [response] = (await once(request(url + path, { headers, agent: false }).end(), 'response')) as [
    IncomingMessage,
  ];
  response.resume();
  return response.headers['www-authenticate'] ?? '';
}

function expectUnauthorized({ status, body }: Answer): void {
  expect({ status, ...body }).toEqual({
    status: 401,
    success: false,
    code: 'unauthorized',
    error: expect.any(String),
    next_step: expect.stringContaining('X-API-Key'),
  });
}

describe('a call without a valid key is refused with 401', () => {
  test.each<[string, Record<string, string>]>([
    ['no key', {}],
    ['an empty key', as('')],
    ['a wrong key', as('wrong')],
    ['a key one byte short', as(ALICE.slice(0, -1))],
    ['a key one byte long', as(`${ALICE}x`)],
    ['a key in capitals', as(ALICE.toUpperCase())],
    ['the name of a key', as('alice')],
    ['a name and its key', as(`alice=${ALICE}`)],
    ['all keys at once', as(`alice=${ALICE}, bob=${BOB},${PLAIN}`)],
    ['a key that is no UTF-8', as('\xff\xfe\x80')],
    ['a key of 15 KiB', as('k'.repeat(15_000))],
    ['Basic with the key', { authorization: `Basic ${Buffer.from(`alice:${ALICE}`).toString('base64')}` }],
    ['Bearer without a key', { authorization: 'Bearer' }],
    ['Bearer with two', { authorization: `Bearer ${ALICE} ${BOB}` }],
    ['the bare key as Authorization', { authorization: ALICE }],
    ['a wrong key beside a right one', { ...as('wrong'), authorization: `Bearer ${ALICE}` }],
    ['what looks like a token', { authorization: 'Bearer a.b.c' }],
  ])('%s', async (_name, headers) => {
    expectUnauthorized(await api.send({ path: '/jobs', headers }));
    expect(await challenge(api.url, '/jobs', headers)).toMatch(/^Bearer realm="agenticore"/);
  });

  test('before anything else is looked at: routes, bodies, ids', async () => {
    for (const path of ['/jobs', '/profiles', '/openapi.json', '/none', '/jobs/x', `/jobs/${randomUUID()}/events`])
      expectUnauthorized(await api.send({ path }));
    for (const path of ['/docs', '/docs/', '/docs/json', '/docs/static/swagger-ui.css', '/docs/none'])
      expectUnauthorized(await api.send({ path }));
    for (const path of ['/health/../jobs', '//health', '/HEALTH', '/health%2f..%2fjobs'])
      expectUnauthorized(await api.send({ path }));
    await expect(api.get('/.well-known/../jobs')).resolves.toMatchObject({ status: 404 });
    expectUnauthorized(await api.post('{"task": '));
    await expect(api.countJobs()).resolves.toBe(0);
  });

  test('a right key in the address', async () => {
    expectUnauthorized(await api.send({ path: `/jobs?api_key=${ALICE}` }));
  });

  test('and a header of 1 MiB with 431, in the same shape', async () => {
    const { port } = new URL(api.url);
    const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(`GET /jobs HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${'k'.repeat(1024 * 1024)}\r\n\r\n`);
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({ success: false, code: 'headers_too_large' });
  });
});

describe('a valid key', () => {
  test.each([
    as(ALICE),
    { authorization: `Bearer ${ALICE}` },
    { authorization: `bearer ${ALICE}` },
    { authorization: `BEARER  ${ALICE}` },
  ])('is taken as %j', async (headers) => {
    await expect(api.send({ path: '/jobs', headers })).resolves.toMatchObject({ status: 200 });
  });

  test('is taken as the password that a browser asks for, by /docs alone', async () => {
    const basic = (key: string): Record<string, string> => ({
      authorization: `Basic ${Buffer.from(`:${key}`).toString('base64')}`,
    });
    await expect(challenge(api.url, '/docs')).resolves.toBe('Basic realm="agenticore"');
    for (const path of ['/docs/', '/docs/json', '/docs/static/swagger-initializer.js']) {
      const get = (key: string): Promise<Response> => fetch(api.url + path, { headers: basic(key) });
      await expect(get(ALICE)).resolves.toMatchObject({ status: 200 });
      await expect(get('wrong')).resolves.toMatchObject({ status: 401 });
    }
    expectUnauthorized(await api.send({ path: '/jobs', headers: basic(ALICE) }));
    const beside = { ...basic('wrong'), ...as(ALICE) };
    await expect(api.send({ path: '/jobs', headers: beside })).resolves.toMatchObject({ status: 200 });
  });

  test('makes its name the owner; without a name the owner is derived from the key', async () => {
    await expect(submit(ALICE)).resolves.toMatchObject({ owner: 'alice' });
    const { owner } = await submit(PLAIN);
    expect(owner).toMatch(/^key-[0-9a-f]{8}$/);
    await expect(submit(PLAIN)).resolves.toMatchObject({ owner });
  });

  test('is not asked for by /health and /.well-known, and does not open what is not there', async () => {
    await expect(api.get('/health')).resolves.toMatchObject({ status: 200 });
    const none = { status: 404, body: { success: false, code: 'route_not_found' } };
    await expect(api.get('/.well-known/oauth-protected-resource')).resolves.toMatchObject(none);
    await expect(call(ALICE, '/none')).resolves.toMatchObject(none);
  });
});

describe("another owner's job", () => {
  test('does not exist: not to read, to cancel or to follow', async () => {
    const { id } = await submit(ALICE);
    for (const [method, path] of [
      ['GET', `/jobs/${id}`],
      ['DELETE', `/jobs/${id}`],
      ['GET', `/jobs/${id}/events`],
      ['GET', `/jobs/${id}/transcript`],
      ['GET', `/jobs/${id}/diff`],
    ] as const) {
      const { status, body } = await call(BOB, path, method);
      const none = await call(BOB, path.replace(id, randomUUID()), method);
      expect({ status, code: body.code }).toEqual({ status: 404, code: 'job_not_found' });
      expect(Object.keys(body)).toEqual(Object.keys(none.body));
    }
    const live = await api.send({
      path: `/jobs/${id}/events`,
      headers: { ...as(BOB), accept: 'text/event-stream' },
    });
    expect(live.status).toBe(404);
    await expect(call(ALICE, `/jobs/${id}`)).resolves.toMatchObject({
      status: 200,
      body: { job: { status: 'queued' } },
    });
  });

  test('is in no list but its owner’s, and a cursor does not carry over', async () => {
    const mine = [await submit(ALICE), await submit(ALICE)];
    const theirs = await submit(BOB);
    await api.countJobs();
    const ids = async (key: string, query = ''): Promise<string[]> =>
      ((await call(key, `/jobs?limit=1000${query}`)).body.jobs as JobRecord[]).map(({ id }) => id);
    for (const query of ['', '&status=queued']) {
      expect(await ids(ALICE, query)).toEqual(expect.arrayContaining(mine.map(({ id }) => id)));
      expect(await ids(ALICE, query)).not.toContain(theirs.id);
      expect(await ids(BOB, query)).toEqual([theirs.id]);
    }
    const { body } = await call(ALICE, '/jobs?limit=1');
    await expect(call(BOB, `/jobs?limit=1&cursor=${String(body.next_cursor)}`)).resolves.toMatchObject({ status: 400 });
  });

  test('has nothing to do with one’s own of the same Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'of two' };
    const [first, again, other] = [await submit(ALICE, key), await submit(ALICE, key), await submit(BOB, key)];
    expect(again.id).toBe(first.id);
    expect(other).toMatchObject({ owner: 'bob' });
    expect(other.id).not.toBe(first.id);
  });
});

describe('limits', () => {
  let small: Api;
  beforeAll(async () => {
    small = await startApiWorld({
      AGENTICORE_API_KEYS: `alice=${ALICE},bob=${BOB},${PLAIN}`,
      AGENTICORE_RATE_LIMIT: '20',
      AGENTICORE_MAX_QUEUED_JOBS: '3',
      AGENTICORE_ALLOW_QUERY_KEY: 'true',
    });
  });
  afterAll(() => small.close());

  test('an owner who calls too often gets 429 with Retry-After, and others do not', async () => {
    const get = async (key: string): Promise<IncomingMessage> => {
      const sent = request(`${small.url}/profiles`, { headers: as(key), agent: false }).end();
      return ((await once(sent, 'response')) as [IncomingMessage])[0];
    };
    for (let call = 0; call < 20; call += 1) expect((await get(BOB)).resume().statusCode).toBe(200);
    const refused = await get(BOB);
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(JSON.parse(await text(refused))).toMatchObject({ success: false, code: 'too_many_requests' });
    expect((await get(ALICE)).resume().statusCode).toBe(200);
    await expect(small.get('/health')).resolves.toMatchObject({ status: 200 });
  });

  test('an owner whose queue is full gets 429, except for a job that is there; others submit, and so may he when one ends', async () => {
    const post = (key: string, idempotency = {}): Promise<Answer> =>
      small.post({ task: 'count' }, { ...as(key), ...idempotency });
    const first = await post(ALICE, { 'idempotency-key': 'first' });
    await post(ALICE);
    await post(ALICE);
    await small.countJobs();
    const refused = await post(ALICE);
    expect(refused).toMatchObject({ status: 429, body: { success: false, code: 'queue_full' } });
    const { id } = first.body.job as JobRecord;
    await expect(post(ALICE, { 'idempotency-key': 'first' })).resolves.toMatchObject({
      status: 202,
      body: { job: { id } },
    });
    await expect(post(PLAIN)).resolves.toMatchObject({ status: 202 });
    await small.client.workflow.getHandle(id).terminate();
    await small.countJobs();
    await expect(post(ALICE)).resolves.toMatchObject({ status: 202 });
  });

  test('a key in the address is taken where that is allowed, decoded and only once', async () => {
    const ask = (query: string): Promise<Answer> => small.get(`/profiles?${query}`);
    await expect(ask(`api_key=${encodeURIComponent(PLAIN)}`)).resolves.toMatchObject({ status: 200 });
    await expect(ask('api_key=wrong')).resolves.toMatchObject({ status: 401 });
    await expect(ask(`api_key=${ALICE}&api_key=${ALICE}`)).resolves.toMatchObject({ status: 401 });
  });
});
