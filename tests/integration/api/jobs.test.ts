import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { JobRecord } from '../../../contract/http/job-record.ts';
import { startApiWorld, type Api } from '../../support/api.ts';
import { takeNamespace } from '../../support/temporal.ts';

let api: Api;
beforeAll(async () => {
  api = await startApiWorld();
});
afterAll(() => api.close());

/** Ends a job as a worker's death or an operator could. */
const end = (id: string): Promise<unknown> => api.client.workflow.getHandle(id).terminate();

describe('with no worker at all', () => {
  test('a job is taken, waits, and can be read', async () => {
    const task = `look after ${'x'.repeat(2_000)}`;
    const { status, body } = await api.post({ task, repo_url: 'HTTPS://GitHub.com/org/repo.git/' });
    expect(status).toBe(202);
    const job = JobRecord.parse(body.job);
    expect(job).toMatchObject({ status: 'queued', stage: 'queued', owner: 'local', ended_at: null });
    expect(job).toMatchObject({ profile: 'code', profile_reason: 'default' });
    expect(job).toMatchObject({ task, repo_url: 'https://github.com/org/repo.git', attempt: 0, hosts: [] });
    expect(job.ui_url).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/namespaces/test-\\d+/workflows/${job.id}$`));
    await expect(api.read(job.id)).resolves.toEqual(job);
  });

  test('the profiles are listed, each with what it comes to', async () => {
    const { status, body } = await api.get('/profiles');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      count: 2,
      profiles: [
        { name: 'code', model: 'sonnet', max_turns: 80, timeout: 3600, auto_pr: true, effort: null, worktree: true },
        { name: 'review', model: 'haiku', permission_mode: 'dontAsk', auto_pr: false },
      ],
    });
  });

  test('a task of exactly 256 KiB is taken whole', async () => {
    const task = 'x'.repeat(256 * 1024);
    const { id } = await api.submit({ task });
    expect((await api.read(id)).task).toBe(task);
  });

  test('its events are an empty page that has not ended', async () => {
    const { id } = await api.submit();
    const { status, body } = await api.get(`/jobs/${id}/events`);
    expect({ status, ...body }).toEqual({ status: 200, success: true, events: [], cursor: 0, ended: false });
  });

  test('waiting for it answers 202 with the record when the time is over', async () => {
    const { status, body } = await api.post({ task: 'x', wait: true, wait_timeout_s: 1 });
    expect({ status, job: body.job }).toMatchObject({ status: 202, job: { status: 'queued' } });
  });

  test('waiting jobs are numbered in the order they came, and move up', async () => {
    const first = await api.submit();
    const second = await api.submit();
    await api.countJobs();
    const before = (await api.read(first.id)).queue_position ?? 0;
    expect(before).toBeGreaterThan(0);
    expect((await api.read(second.id)).queue_position).toBe(before + 1);
    await end(first.id);
    await api.countJobs();
    expect((await api.read(second.id)).queue_position).toBe(before);
    expect((await api.read(first.id)).queue_position).toBeNull();
  });
});

describe('an Idempotency-Key', () => {
  const withKey = (key: string): Record<string, string> => ({ 'idempotency-key': key });

  test('50 times at once starts one job', async () => {
    const before = await api.countJobs();
    const jobs = await Promise.all(Array.from({ length: 50 }, () => api.submit({}, withKey('fifty'))));
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
    await expect(api.countJobs()).resolves.toBe(before + 1);
  });

  test.each([{ task: 'another' }, { base_ref: 'main' }, { profile: 'review' }, { repo_url: 'https://github.com/a/b' }])(
    'with the other body %j is refused with 422, and nothing is started',
    async (other) => {
      const key = withKey(randomUUID());
      await api.submit({}, key);
      const before = await api.countJobs();
      const { status, body } = await api.post({ task: 'count to ten', ...other }, key);
      expect({ status, ...body }).toMatchObject({ status: 422, success: false, code: 'idempotency_mismatch' });
      await expect(api.countJobs()).resolves.toBe(before);
    },
  );

  test('answers the same job after its end, and starts none', async () => {
    const { id } = await api.submit({}, withKey('ended'));
    await end(id);
    const before = await api.countJobs();
    await expect(api.submit({}, withKey('ended'))).resolves.toMatchObject({ id, status: 'cancelled' });
    await expect(api.countJobs()).resolves.toBe(before);
  });

  test('answers the same job also when the default profile is another one, which does not exist', async () => {
    const temporal = takeNamespace();
    const first = await startApiWorld({}, temporal);
    const { id } = await first.submit({}, withKey('later')).finally(() => first.close());
    const later = await startApiWorld({ AGENTICORE_DEFAULT_PROFILE: 'gone' }, temporal);
    try {
      await expect(later.submit({}, withKey('later'))).resolves.toMatchObject({ id, profile: 'code' });
      expect((await later.post({ task: 'count to ten' })).body).toMatchObject({ code: 'profile_not_found' });
    } finally {
      await later.close();
    }
  });
});

describe('the list', () => {
  /** Every page of the list, as ids. */
  async function walk(query: string): Promise<string[][]> {
    const pages: string[][] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { status, body } = await api.get(`/jobs?${query}${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(status).toBe(200);
      pages.push((body.jobs as JobRecord[]).map(({ id }) => id));
      cursor = body.next_cursor as string | null;
    }
    return pages;
  }

  test('walked by pages has every job once, the open ones first', async () => {
    const jobs = await Promise.all(Array.from({ length: 20 }, () => api.submit()));
    const closed = jobs.slice(0, 7).map(({ id }) => id);
    await Promise.all(closed.map(end));
    const count = await api.countJobs();
    const pages = await walk('limit=6');
    const ids = pages.flat();
    expect(pages.every((page) => page.length <= 6)).toBe(true);
    expect([ids.length, new Set(ids).size]).toEqual([count, count]);
    const { body } = await api.get('/jobs?limit=1000');
    const states = (body.jobs as JobRecord[]).map(({ ended_at }) => ended_at !== null);
    expect(states).toEqual([...states].sort());
    const cancelled = await walk('limit=4&status=cancelled');
    expect(cancelled.flat()).toEqual(expect.arrayContaining(closed));
    const queued = await walk('limit=4&status=queued');
    expect(new Set([...queued.flat(), ...cancelled.flat()]).size).toBe(count);
  });

  test('refuses a cursor of another list', async () => {
    const { body } = await api.get('/jobs?limit=1&status=queued');
    const { status } = await api.get(`/jobs?limit=1&cursor=${String(body.next_cursor)}`);
    expect(status).toBe(400);
  });
});

test('a workflow that is no job is not found, and cannot be cancelled', async () => {
  const workflowId = randomUUID();
  const handle = await api.client.workflow.start('other', { workflowId, taskQueue: 'nobody' });
  for (const method of ['GET', 'DELETE']) {
    const { status, body } = await api.send({ method, path: `/jobs/${workflowId}` });
    expect({ status, ...body }).toMatchObject({ status: 404, success: false, code: 'job_not_found' });
  }
  expect((await handle.describe()).raw.workflowExtendedInfo?.cancelRequested ?? false).toBe(false);
});

describe('DELETE with no worker', () => {
  test('shows cancelling at once, and ends the job without a worker', async () => {
    const { id } = await api.submit();
    const { status, body } = await api.send({ method: 'DELETE', path: `/jobs/${id}` });
    expect({ status, job: body.job }).toMatchObject({ status: 202, job: { id, status: 'cancelling', ended_at: null } });
    await expect(api.read(id)).resolves.toMatchObject({ status: 'cancelling' });
    await api.client.workflow
      .getHandle(id)
      .result()
      .catch(() => undefined);
    const job = await api.read(id);
    expect(job).toMatchObject({ status: 'cancelled', error: null });
    expect(job.ended_at).not.toBeNull();
  });

  test('a second DELETE, during and after, changes nothing', async () => {
    const { id } = await api.submit();
    const cancel = (): Promise<{ status: number; body: Record<string, unknown> }> =>
      api.send({ method: 'DELETE', path: `/jobs/${id}` });
    await cancel();
    expect(await cancel()).toMatchObject({ status: 202, body: { job: { status: 'cancelling' } } });
    await api.client.workflow
      .getHandle(id)
      .result()
      .catch(() => undefined);
    expect(await cancel()).toMatchObject({ status: 200, body: { job: { status: 'cancelled' } } });
  });
});

test.each<[string, string, number, string]>([
  ['what is no HTTP', 'hello\r\n\r\n', 400, 'invalid_request'],
  [
    '20 KB of headers',
    `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    'headers_too_large',
  ],
])('%s is answered in the one shape of errors', async (_name, sent, status, code) => {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(sent);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(JSON.parse(body)).toMatchObject({ success: false, code });
});
