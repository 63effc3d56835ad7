import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'undici';
import type { SessionEventReply } from '../../../contract/http/session.ts';
import type { StreamEvent } from '../../../contract/workflow/stream-events.ts';
import { startApiWorld, type Api } from '../../support/api.ts';
import { API_KEYS, OWNER_KEYS, sendAs, type Owner } from '../../support/owners.ts';
import { showSession } from '../../support/session-memo.ts';

let api: Api;
beforeAll(async () => {
  api = await startApiWorld({ AGENTICORE_API_KEYS: API_KEYS });
});
afterAll(() => api.close());

const send = sendAs(() => api);

const says = (from: number, to: number): StreamEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ type: 'text', text: `word ${from + index}` }));

/** A session with ten events, of two runs. */
async function tenEvents(): Promise<string> {
  const id = await showSession(api.client, { state: () => ({ disk: 'here', runs: 2 }) });
  await api.events.append(id, says(1, 4), { run: 1 });
  await api.events.append(id, says(5, 10), { run: 2 });
  return id;
}

const close = (id: string): Promise<number> => api.events.append(id, [{ type: 'session_closed' }], { run: 2 });

async function sse(path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const all = { accept: 'text/event-stream', 'x-api-key': OWNER_KEYS.alice, ...headers };
  return (
    (await once(request(api.url + path, { headers: all, agent: false }).end(), 'response')) as [IncomingMessage]
  )[0];
}

type Shown = SessionEventReply['events'][number];

const dataOf = (stream: string): Shown[] =>
  [...stream.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data) as Shown);

const socketTo = (query: string, owner: Owner = 'alice', headers: Record<string, string> = {}): WebSocket =>
  new WebSocket(`${api.url.replace('http:', 'ws:')}/stream?${query}`, {
    headers: { 'x-api-key': OWNER_KEYS[owner], ...headers },
  });

/** What a WebSocket gets until it is closed, or until it has `count` events. */
async function heardBy(socket: WebSocket, count = Infinity): Promise<Shown[]> {
  const heard: Shown[] = [];
  await new Promise<void>((resolve) => {
    socket.addEventListener('close', () => resolve());
    socket.addEventListener('message', ({ data }) => {
      heard.push(JSON.parse(String(data)) as Shown);
      if (heard.length >= count) resolve();
    });
  });
  socket.close();
  return heard;
}

/** The answer to a request for a WebSocket that is not opened. */
async function refused(query: string, headers: Record<string, string>): Promise<{ status?: number; body: string }> {
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  const sent = request(`${api.url}/stream?${query}`, { headers: { ...upgrade, ...headers }, agent: false }).end();
  const [answer] = (await Promise.race([once(sent, 'response'), once(sent, 'upgrade')])) as [IncomingMessage];
  if (answer.statusCode === 101) answer.destroy();
  return { status: answer.statusCode ?? 0, body: answer.statusCode === 101 ? '' : await text(answer) };
}

test('pages, server-sent events and a WebSocket give the same events, from whatever cursor', async () => {
  const id = await tenEvents();
  await close(id);
  const { body } = await send('GET', `/sessions/${id}/events?limit=1000`);
  const { events, ended } = body as unknown as SessionEventReply;
  expect(ended).toBe(true);
  expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(events[3]).toMatchObject({ run: 1, run_id: `${id}.1`, session_id: id, event_type: 'text' });
  expect(events[4]).toMatchObject({ run: 2, run_id: `${id}.2`, event: { text: 'word 5' } });
  for (const cursor of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
    const rest = events.slice(cursor);
    const [page, stream, socket, plain] = await Promise.all([
      send('GET', `/sessions/${id}/events?cursor=${cursor}`),
      sse(`/sessions/${id}/events`, { 'last-event-id': String(cursor) }).then(text),
      heardBy(socketTo(`sessionId=${id}&cursor=${cursor}`)),
      sse(`/stream?sessionId=${id}&cursor=${cursor}`).then(text),
    ]);
    expect(page.body.events).toEqual(rest);
    expect(dataOf(stream)).toEqual(rest);
    expect(socket).toEqual(rest);
    expect(dataOf(plain)).toEqual(rest);
  }
});

test('50 who watch one session, by WebSockets and streams, cost its workflow no update and no event', async () => {
  const id = await tenEvents();
  const historyOf = async () => {
    const { raw } = await api.client.workflow.getHandle(id).describe();
    const { historyLength, historySizeBytes } = raw.workflowExecutionInfo ?? {};
    return { length: String(historyLength), bytes: String(historySizeBytes) };
  };
  const before = await historyOf();
  const watching = Array.from({ length: 50 }, (_, n) =>
    n % 2 === 0 ? heardBy(socketTo(`sessionId=${id}`)) : sse(`/sessions/${id}/events`).then(text).then(dataOf),
  );
  const first = await heardBy(socketTo(`sessionId=${id}`), 10);
  await api.events.append(id, says(11, 12), { run: 2 });
  await close(id);
  const heard = await Promise.all(watching);
  expect(heard.map((events) => events.length)).toEqual(Array(50).fill(13));
  expect(new Set(heard.map((events) => JSON.stringify(events))).size).toBe(1);
  expect(heard[0]?.slice(0, 10)).toEqual(first);
  expect(await historyOf()).toEqual(before);
});

test('a WebSocket gets what is written while it is open, and ends when the session is closed', async () => {
  const id = await tenEvents();
  const first = await heardBy(socketTo(`sessionId=${id}&cursor=8`), 2);
  expect(first.map(({ seq }) => seq)).toEqual([9, 10]);
  const socket = socketTo(`sessionId=${id}&cursor=10`);
  const closed = once(socket, 'close');
  const heard = heardBy(socket);
  await once(socket, 'open');
  await api.events.append(id, says(11, 12), { run: 2 });
  await close(id);
  expect((await heard).map(({ event_type }) => event_type)).toEqual(['text', 'text', 'session_closed']);
  expect(((await closed) as [{ code: number }])[0].code).toBe(1000);
});

test('who follows a session that is ended from outside is sent everything, and then left', async () => {
  const id = await tenEvents();
  const open = [heardBy(socketTo(`sessionId=${id}`)), sse(`/sessions/${id}/events`).then(text).then(dataOf)];
  await api.client.workflow.getHandle(id).terminate();
  for (const heard of await Promise.all(open)) expect(heard).toHaveLength(10);
}, 30_000);

test('events that are not kept any more are told as a gap', async () => {
  const id = await showSession(api.client, { state: () => ({ disk: 'here', runs: 1 }) });
  await api.events.append(id, says(1, 2), { first_seq: 5 });
  const gap = { seq: 4, run: null, run_id: null, event_type: 'gap', event: { from: 1, to: 4 } };
  expect((await heardBy(socketTo(`sessionId=${id}`), 3))[0]).toMatchObject(gap);
  const { events } = (await send('GET', `/sessions/${id}/events`)).body as unknown as SessionEventReply;
  expect(events[0]).toMatchObject(gap);
});

describe('no WebSocket is opened', () => {
  const key = { 'x-api-key': OWNER_KEYS.alice };
  test.each<[string, number, (id: string) => string, Record<string, string>]>([
    ['without a key', 401, (id) => `sessionId=${id}`, {}],
    ['for another owner', 404, (id) => `sessionId=${id}`, { 'x-api-key': OWNER_KEYS.bob }],
    ['to a session that is none', 404, () => `sessionId=${randomUUID()}`, key],
    ['with a bad cursor', 400, (id) => `sessionId=${id}&cursor=x`, key],
    ['with a cursor below 0', 400, (id) => `sessionId=${id}&cursor=-1`, key],
    ['for a page of another origin', 403, (id) => `sessionId=${id}`, { ...key, origin: 'https://evil.example' }],
    ['under another host name', 403, (id) => `sessionId=${id}`, { ...key, host: 'evil.example' }],
  ])('%s: %d', async (_name, status, query, headers) => {
    const answer = await refused(query(await tenEvents()), headers);
    expect({ ...answer, body: JSON.parse(answer.body) as unknown }).toMatchObject({ status, body: { success: false } });
  });

  test('where the events are on another host: 409', async () => {
    const id = await showSession(api.client, { state: () => ({ disk: 'elsewhere', hostname: 'other' }) });
    const answer = await refused(`sessionId=${id}`, key);
    expect(answer).toMatchObject({ status: 409, body: expect.stringContaining('events_on_other_host') });
    expect((await sse(`/sessions/${id}/events`)).statusCode).toBe(409);
  });
});
