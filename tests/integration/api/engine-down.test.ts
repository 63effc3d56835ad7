import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startApiWorld, type Answer, type Api } from '../../support/api.ts';
import { openChat } from '../../support/chat.ts';
import { startProxy, type Proxy } from '../../support/proxy.ts';
import { takeNamespace } from '../../support/temporal.ts';

/** Milliseconds: more than the API waits for an answer, and less than Temporal's client does by itself. */
const LIMIT = 10_000;

let api: Api;
let proxy: Proxy;
let job: string;
beforeAll(async () => {
  const temporal = takeNamespace();
  proxy = await startProxy(temporal.address);
  api = await startApiWorld({ AGENT_MODE: 'true' }, { ...temporal, address: proxy.address });
  job = `/jobs/${(await api.submit()).id}`;
  proxy.cut();
});
afterAll(async () => {
  proxy.heal();
  await api.close();
  await proxy.close();
});

describe('while Temporal does not answer', () => {
  test.each<[string, () => Promise<Answer>]>([
    ['GET /jobs', () => api.get('/jobs')],
    ['GET /jobs/:id', () => api.get(job)],
    ['GET /jobs/:id/events', () => api.get(`${job}/events`)],
    ['DELETE /jobs/:id', () => api.send({ method: 'DELETE', path: job })],
    ['POST /jobs with a session_id', () => api.post({ task: 'x', session_id: randomUUID() })],
  ])(
    '%s is 503 engine_unavailable',
    async (_call, send) => {
      const { status, body } = await send();
      expect({ status, ...body }).toMatchObject({
        status: 503,
        success: false,
        code: 'engine_unavailable',
        next_step: expect.any(String),
      });
    },
    LIMIT,
  );

  test(
    'a chat is heard at once, with the ids of its run; that it cannot be answered is told in the stream',
    async () => {
      const body = { model: 'repo-guide', messages: [{ role: 'user', content: 'hi' }] };
      const { status, headers, frames } = await openChat(api.url, body);
      expect({ status, ...headers }).toMatchObject({
        status: 200,
        'x-agenticore-session-id': expect.any(String),
        'x-agenticore-run-id': `${String(headers['x-agenticore-session-id'])}.1`,
        'x-agenticore-conversation-tier': 'new',
      });
      const said = [];
      for await (const { data } of frames) said.push(data === null ? 'DONE' : (data?.error?.code ?? data));
      expect(said).toEqual([undefined, 'at_capacity', 'DONE']);
      const whole = await api.send({
        ...{ method: 'POST', path: '/v1/chat/completions', body: JSON.stringify(body) },
        headers: { 'content-type': 'application/json' },
      });
      expect(whole).toMatchObject({ status: 503, body: { error: { code: 'at_capacity' } } });
    },
    2 * LIMIT,
  );

  test('/health and the profiles are there', async () => {
    for (const path of ['/health', '/profiles']) await expect(api.get(path)).resolves.toMatchObject({ status: 200 });
  });
});
