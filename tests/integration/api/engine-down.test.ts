import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startApiWorld, type Answer, type Api } from '../../support/api.ts';

/** Milliseconds: more than the API waits for an answer, and less than Temporal's client does by itself. */
const LIMIT = 10_000;

let api: Api;
let job: string;
beforeAll(async () => {
  api = await startApiWorld();
  job = `/jobs/${(await api.submit()).id}`;
  process.kill(api.enginePid, 'SIGSTOP');
});
afterAll(async () => {
  process.kill(api.enginePid, 'SIGCONT');
  await api.close();
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
        ...{ status: 503, success: false, code: 'engine_unavailable' },
        next_step: expect.any(String),
      });
    },
    LIMIT,
  );

  test('/health and the profiles are there', async () => {
    for (const path of ['/health', '/profiles']) await expect(api.get(path)).resolves.toMatchObject({ status: 200 });
  });
});
