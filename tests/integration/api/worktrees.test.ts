import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WorktreeRecord } from '../../../contract/http/worktree.ts';
import type { WorktreeState } from '../../../contract/workflow/worktree-state.ts';
import { startApiWorld, type Answer, type Api } from '../../support/api.ts';

const repo_url = 'https://github.com/a/b';
const keys = { alice: 'key-of-alice-0123456789', bob: 'key-of-bob-0123456789' };
const KEYS = Object.entries(keys)
  .map(([name, key]) => `${name}=${key}`)
  .join(',');

let api: Api;
beforeAll(async () => {
  api = await startApiWorld({ AGENTICORE_API_KEYS: KEYS });
});
afterAll(() => api.close());

const send = (method: string, path: string, json?: unknown, owner: keyof typeof keys = 'alice'): Promise<Answer> =>
  api.send({
    method,
    path,
    headers: { 'x-api-key': keys[owner], ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });

/** A worktree that waits for a host; no worker runs. */
async function begin(): Promise<WorktreeRecord> {
  const { status, body } = await send('POST', '/worktrees', { repo_url, wait: false });
  expect(status).toBe(202);
  return WorktreeRecord.parse(body.worktree);
}

/** A worktree as its workflow would show it when it is ready; nobody runs it. */
async function ready(disk = 'elsewhere'): Promise<string> {
  const id = randomUUID();
  const state: WorktreeState = {
    status: 'ready',
    disk,
    pushed: false,
    error: null,
    path: '/there',
    branch: 'agenticore-x',
    base: { ref: 'main', sha: 'f'.repeat(40) },
  };
  const request = { repo_url, base_ref: null, owner: 'alice' };
  await api.client.workflow.start('worktree', {
    workflowId: id,
    taskQueue: 'agenticore',
    args: [],
    memo: { request, worktree: state },
  });
  return id;
}

describe('with no worker at all', () => {
  test('a worktree is taken and waits; it can be read by its owner alone, and is not listed for others', async () => {
    const worktree = await begin();
    const { id } = worktree;
    expect(worktree).toMatchObject({ status: 'preparing', repo_url, owner: 'alice', path: null, branch: null });
    expect((await send('GET', `/worktrees/${id}`)).body).toMatchObject({ success: true, worktree: { id } });
    for (const method of ['GET', 'DELETE'])
      expect(await send(method, `/worktrees/${id}`, undefined, 'bob')).toMatchObject({
        status: 404,
        body: { success: false, code: 'worktree_not_found' },
      });
    const cleaned = await send('POST', '/worktrees/cleanup', { worktree_ids: [id] }, 'bob');
    expect(cleaned.body).toMatchObject({ removed: 0, worktrees: [{ id, removed: false, code: 'worktree_not_found' }] });
    await api.countJobs();
    expect((await send('GET', '/worktrees', undefined, 'bob')).body).toMatchObject({ count: 0, worktrees: [] });
    const { body } = await send('GET', '/worktrees');
    expect((body.worktrees as WorktreeRecord[]).map((each) => each.id)).toContain(id);
  });

  test('waiting for it answers 202 with the record when the time is over', async () => {
    const { status, body } = await send('POST', '/worktrees', { repo_url, wait_timeout_s: 1 });
    expect({ status, body }).toMatchObject({ status: 202, body: { worktree: { status: 'preparing' } } });
  });

  test('100 of them are listed in one page, and the API answers others meanwhile', async () => {
    const made = new Set((await Promise.all(Array.from({ length: 100 }, begin))).map(({ id }) => id));
    // The list lags a little behind.
    for (let left = made.size; left > 0;) {
      const [listed, health] = await Promise.all([
        send('GET', '/worktrees?limit=1000'),
        api.send({ method: 'GET', path: '/health' }),
      ]);
      expect([listed.status, health.status]).toEqual([200, 200]);
      const ids = new Set((listed.body.worktrees as { id: string }[]).map(({ id }) => id));
      left = [...made].filter((id) => !ids.has(id)).length;
    }
  });

  test('one that waits is given up by DELETE', async () => {
    const { id } = await begin();
    expect((await send('DELETE', `/worktrees/${id}`)).status).toBe(202);
    await api.client.workflow
      .getHandle(id)
      .result()
      .catch(() => undefined);
    expect((await send('GET', `/worktrees/${id}`)).body).toMatchObject({ worktree: { status: 'removed' } });
  });

  test('one that is ready is not removed, now or later', async () => {
    const id = await ready();
    expect(await send('DELETE', `/worktrees/${id}`)).toMatchObject({
      status: 409,
      body: { code: 'worktree_unavailable', next_step: expect.any(String) },
    });
    expect((await send('GET', `/worktrees/${id}`)).body).toMatchObject({ worktree: { id, status: 'ready' } });
  });
});

describe('a request that cannot be meant', () => {
  test.each([
    ['repo_url', {}],
    ['repo_url', { repo_url: 5 }],
    ['base_ref', { repo_url, base_ref: '--upload-pack=x' }],
    ['wait_timeout_s', { repo_url, wait_timeout_s: 0 }],
    ['branch', { repo_url, branch: 'mine' }],
  ])('is refused by its field %s: %j', async (field, body) => {
    const answer = await send('POST', '/worktrees', body);
    expect(answer).toMatchObject({ status: 400, body: { success: false, code: 'invalid_request', field } });
  });

  test.each([
    ['without a selector', {}],
    ['with force alone', { force: true }],
    ['with an id that is none', { worktree_ids: ['x'] }],
    ['with a negative age', { max_age_hours: -1 }],
  ])('such as a clean-up %s is refused', async (_name, body) => {
    expect(await send('POST', '/worktrees/cleanup', body)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    });
  });

  test('such as force that is neither true nor false is refused', async () => {
    expect((await send('DELETE', `/worktrees/${randomUUID()}?force=yes`)).status).toBe(400);
  });
});

describe('a job with a worktree_id', () => {
  const task = 'count to ten';
  const submit = (fields: object, owner: keyof typeof keys = 'alice'): Promise<Answer> =>
    send('POST', '/jobs', { task, ...fields }, owner);

  test.each([
    ['base_ref', { base_ref: 'main' }],
    ['repo_url', { repo_url: 'https://github.com/a/other' }],
  ])('is refused by its field %s where that says otherwise than the worktree', async (field, more) => {
    const worktree_id = await ready();
    const answer = await submit({ worktree_id, ...more });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', field } });
  });

  test.each<[number, string, () => Promise<string>]>([
    [404, 'worktree_not_found', () => Promise.resolve(randomUUID())],
    [409, 'worktree_not_ready', async () => (await begin()).id],
    [409, 'worktree_unavailable', () => ready()],
  ])('is refused with %d %s', async (status, code, make) => {
    const before = await api.countJobs();
    const answer = await submit({ worktree_id: await make() });
    expect(answer).toMatchObject({ status, body: { success: false, code, field: 'worktree_id' } });
    await expect(api.countJobs()).resolves.toBe(before);
  });

  test("is refused with 404 where the worktree is another owner's, or is no worktree but a job", async () => {
    const job = (await submit({})).body.job as { id: string };
    for (const answer of [await submit({ worktree_id: await ready() }, 'bob'), await submit({ worktree_id: job.id })])
      expect(answer).toMatchObject({ status: 404, body: { code: 'worktree_not_found', field: 'worktree_id' } });
  });
});
