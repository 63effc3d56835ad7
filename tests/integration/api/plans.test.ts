import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PlanRecord } from '../../../contract/http/plan.ts';
import { startApiWorld, type Answer, type Api } from '../../support/api.ts';

const ALICE = 'alice-key-0123456789abcdef';
const BOB = 'bob-key-0123456789abcdef';
const CAROL = 'carol-key-0123456789abcdef';

let api: Api;
beforeAll(async () => {
  api = await startApiWorld({
    AGENTICORE_API_KEYS: `alice=${ALICE},bob=${BOB},carol=${CAROL}`,
    AGENTICORE_MAX_QUEUED_JOBS: '6',
  });
});
afterAll(() => api.close());

interface Sent {
  body?: object;
  key?: string;
  headers?: Record<string, string>;
}
const send = (method: string, path: string, { body, key = ALICE, headers = {} }: Sent = {}): Promise<Answer> =>
  api.send({
    method,
    path,
    headers: { 'x-api-key': key, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const make = (body: object = {}, sent: Sent = {}): Promise<Answer> =>
  send('POST', '/plans', { ...sent, body: { task: 'split the parser', ...body } });
const planOf = ({ body }: Answer): PlanRecord => body.plan as PlanRecord;
const listed = async (key: string, query = ''): Promise<string[]> => {
  const { body } = await send('GET', `/plans${query}`, { key });
  return (body.plans as PlanRecord[]).map(({ id }) => id);
};

test('a plan is pending from the start, with its name, and stands in the list of plans alone', async () => {
  const { status, body } = await make(
    { repo_url: 'https://github.com/acme/parser', profile: 'review' },
    { key: CAROL },
  );
  expect([status, body]).toEqual([
    202,
    expect.objectContaining({
      success: true,
      plan_name: `split-the-parser-${String(body.plan_id).slice(0, 6)}`,
      job_id: body.plan_id,
      status: 'pending',
      content: '',
    }),
  ]);
  const id = body.plan_id as string;
  const plan = planOf(await send('GET', `/plans/${id}`, { key: CAROL }));
  expect(plan).toMatchObject({ id, status: 'pending', profile: 'review', owner: 'carol', stage: 'queued' });
  expect(plan).not.toHaveProperty('branch');
  await api.countJobs();
  expect(await listed(CAROL)).toEqual([id]);
  expect(await listed(CAROL, '?status=pending')).toEqual([id]);
  expect(await listed(CAROL, '?status=ready')).toEqual([]);
  expect((await send('GET', '/jobs', { key: CAROL })).body.jobs).toEqual([]);
});

test("the job that makes a plan is read by the plan's id", async () => {
  const { plan_id: id } = (await make()).body as { plan_id: string };
  expect((await send('GET', `/jobs/${id}`)).body.job).toMatchObject({ id, plan_id: id, status: 'queued' });
  expect((await send('GET', `/jobs/${id}/events`)).status).toBe(200);
});

test('the same key and request answer the same plan, and no job', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const [one, two] = [await make({}, { headers }), await make({}, { headers })];
  expect(two.body.plan_id).toBe(one.body.plan_id);
  const other = await make({ task: 'another' }, { headers });
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch']);
  const job = await send('POST', '/jobs', { body: { task: 'split the parser' }, headers });
  expect((job.body.job as { id: string }).id).not.toBe(one.body.plan_id);
});

test('a plan that ended without one is failed, says why, and is not executed', async () => {
  const { plan_id: id } = (await make({}, { key: BOB })).body as { plan_id: string };
  const early = await send('POST', `/plans/${id}/execute`, { key: BOB });
  expect([early.status, early.body.code]).toEqual([409, 'plan_not_ready']);
  await api.client.workflow.getHandle(id).terminate();
  const plan = planOf(await send('GET', `/plans/${id}`, { key: BOB }));
  expect(plan).toMatchObject({ status: 'failed', error_code: 'cancelled', next_step: expect.any(String) });
  const late = await send('POST', `/plans/${id}/execute`, { key: BOB, body: {} });
  expect([late.status, late.body.code]).toEqual([409, 'plan_failed']);
  await api.countJobs();
  expect(await listed(BOB, '?status=failed')).toEqual([id]);
});

describe('404 plan_not_found is what is answered for', () => {
  let mine: string;
  let job: string;
  beforeAll(async () => {
    mine = (await make({}, { key: BOB })).body.plan_id as string;
    job = (await api.submit({}, { 'x-api-key': ALICE })).id;
  });
  const WHAT = { "another owner's plan": () => mine, 'a job': () => job, 'what there is not': () => randomUUID() };

  test.each(Object.entries(WHAT))('%s', async (_name, idOf) => {
    const id = idOf();
    for (const [method, path] of [
      ['GET', `/plans/${id}`],
      ['DELETE', `/plans/${id}`],
      ['POST', `/plans/${id}/execute`],
    ] as const) {
      const { status, body } = await send(method, path);
      expect([method, status, body.code]).toEqual([method, 404, 'plan_not_found']);
    }
  });
});

test.each<[string, object, string]>([
  ['no task', { task: ' ' }, 'task'],
  ['a session to go on with', { session_id: randomUUID() }, 'session_id'],
  ['an unknown field', { plan: true }, 'plan'],
  ['a limit that is too large', { timeout: 700_000 }, 'timeout'],
])('a plan with %s is refused by that field', async (_name, body, field) => {
  const answer = await make(body);
  expect([answer.status, answer.body.field]).toEqual([400, field]);
});

test('plans and jobs share the room in the queue', async () => {
  const before = await listed(CAROL);
  for (let n = before.length; n < 6; n++)
    expect(
      (n % 2 ? await make({}, { key: CAROL }) : await send('POST', '/jobs', { key: CAROL, body: { task: 'x' } }))
        .status,
    ).toBe(202);
  const [plan, job] = [
    await make({}, { key: CAROL }),
    await send('POST', '/jobs', { key: CAROL, body: { task: 'x' } }),
  ];
  expect([plan.body.code, job.body.code]).toEqual(['queue_full', 'queue_full']);
});
