import { randomUUID } from 'node:crypto';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JobRecord } from '../../../contract/http/job-record.ts';
import { startApiWorld, type Api } from '../../support/api.ts';
import { callTool, connectMcp, TRANSPORTS, type ToolAnswer } from '../../support/mcp.ts';
import { until } from '../../support/until.ts';

let api: Api;
beforeAll(async () => {
  api = await startApiWorld();
});
afterAll(() => api.close());

const WRITING = [
  'run_task',
  'cancel_job',
  'retry_job',
  'plan_task',
  'execute_plan',
  'prepare_worktree',
  'cleanup_worktrees',
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

const end = (id: string): Promise<unknown> => api.client.workflow.getHandle(id).terminate();

/** The job with this idempotency key, once it has been started. */
const started = (key: string): Promise<string> =>
  until(async () => {
    const { body } = await api.get('/jobs?limit=100');
    return (body.jobs as { id: string; task: string }[]).find(({ task }) => task === key)?.id;
  });

const statusOf = async (id: string): Promise<string> => (await api.read(id)).status;

describe.each(Object.entries(TRANSPORTS))('over %s', (_name, transport) => {
  let client: Client;
  beforeAll(async () => {
    client = await connectMcp(transport(api.url));
  });
  afterAll(() => client.close());

  test('the server says who it is, what it does, and what its tools take and answer', async () => {
    expect(client.getServerVersion()).toMatchObject({ name: 'agenticore', version: '0.0.0' });
    expect(client.getInstructions()).toContain('run_task');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(
      [
        'run_task',
        'get_job',
        'list_jobs',
        'cancel_job',
        'list_profiles',
        'usage',
        'job_events',
        'retry_job',
        'plan_task',
        'get_plan',
        'list_plans',
        'execute_plan',
        'prepare_worktree',
        'get_worktree',
        'list_worktrees',
        'cleanup_worktrees',
        ...[
          'create_session',
          'send_message',
          'fork_session',
          'spawn_session',
          'reply_parent',
          'deliver_session',
          'close_session',
        ],
        ...['cancel_run', 'decide_approval', 'get_session', 'list_sessions', 'session_events', 'get_run', 'wait_run'],
        'list_approvals',
      ].sort(),
    );
    for (const tool of tools) {
      expect(tool).toMatchObject({ title: expect.any(String), description: expect.any(String) });
      expect(tool.outputSchema?.required).toContain('success');
      expect(tool.annotations?.readOnlyHint).toBe(!WRITING.includes(tool.name));
    }
    const run = tools.find(({ name }) => name === 'run_task');
    expect(run?._meta).toEqual({ 'anthropic/alwaysLoad': true });
    expect(run?.inputSchema.required).toEqual(['task']);
    expect(Object.keys(run?.inputSchema.properties ?? {})).toEqual(
      expect.arrayContaining(['task', 'repo_url', 'profile', 'base_ref', 'wait', 'wait_timeout_s', 'idempotency_key']),
    );
  });

  test('a job is started, read, listed and cancelled', async () => {
    const { body } = await callTool(client, 'run_task', { task: 'count', repo_url: 'https://github.com/a/b' });
    expect(body).toMatchObject({ success: true, job: { status: 'queued', repo_url: 'https://github.com/a/b' } });
    expect(body.next_step).toContain(body.job.id);
    const { id } = body.job;
    expect((await callTool(client, 'get_job', { job_id: id })).body.job).toMatchObject({ id, task: 'count' });
    await api.countJobs();
    expect((await callTool(client, 'list_jobs', { status: 'queued' })).body.jobs).toEqual(
      expect.arrayContaining([expect.objectContaining({ id })]),
    );
    expect((await callTool(client, 'job_events', { job_id: id })).body).toMatchObject({ events: [], next_cursor: '0' });
    expect((await callTool(client, 'cancel_job', { job_id: id })).body.job.status).toBe('cancelling');
    await end(id);
  });

  test('profiles are listed', async () => {
    const { body } = await callTool(client, 'list_profiles');
    expect((body.profiles as { name: string }[]).map(({ name }) => name)).toEqual(expect.arrayContaining(['code']));
  });

  test('empty optional fields count as absent', async () => {
    const { body } = await callTool(client, 'run_task', { task: 'blank', repo_url: '', profile: '', base_ref: '' });
    expect(body.job).toMatchObject({ repo_url: null, profile: 'code' });
    await end(body.job.id);
  });

  test('a plan is asked for, read and listed, and not executed before it is made', async () => {
    const { body } = await callTool(client, 'plan_task', { task: 'think', repo_url: 'https://github.com/a/b' });
    expect(body).toMatchObject({ success: true, status: 'pending', content: '', plan: { task: 'think' } });
    const { plan_id } = body;
    expect((await callTool(client, 'get_plan', { plan_id })).body.plan).toMatchObject({ id: plan_id, task: 'think' });
    await api.countJobs();
    const { plans } = (await callTool(client, 'list_plans', { status: 'pending' })).body;
    expect(plans).toEqual(expect.arrayContaining([expect.objectContaining({ id: plan_id, content: null })]));
    expect((await callTool(client, 'execute_plan', { plan_id })).body).toMatchObject({ code: 'plan_not_ready' });
    await end(plan_id as string);
  });

  test.each<[string, string, Record<string, unknown>, string, string]>([
    ['no task', 'run_task', {}, 'invalid_request', 'task'],
    ['an empty task', 'run_task', { task: ' ' }, 'invalid_request', 'task'],
    ['an unknown field', 'run_task', { task: 'x', taks: 'y' }, 'invalid_request', 'taks'],
    ['no such profile', 'run_task', { task: 'x', profile: 'none' }, 'profile_not_found', 'none'],
    ['a private repository host', 'run_task', { task: 'x', repo_url: 'http://169.254.169.254/a' }, 'blocked_host', ''],
    ['a wait that is too long', 'run_task', { task: 'x', wait_timeout_s: 3_601 }, 'invalid_request', 'wait_timeout_s'],
    ['what is no job id', 'get_job', { job_id: '../x' }, 'invalid_request', 'job_id'],
    ['a job that is not there', 'get_job', { job_id: randomUUID() }, 'job_not_found', ''],
    ['a job that is not there', 'cancel_job', { job_id: randomUUID() }, 'job_not_found', ''],
    ['a foreign cursor', 'list_jobs', { cursor: 'abc' }, 'invalid_request', 'cursor'],
  ])('%s for %s is an error with a code and what to do', async (_what, tool, args, code, named) => {
    const { isError, body } = await callTool(client, tool, args);
    expect({ isError, ...body }).toMatchObject({ isError: true, success: false, code, next_step: expect.any(String) });
    expect(body.error).toContain(named);
  });

  test('an unknown tool is refused', async () => {
    await expect(callTool(client, 'run_tusk')).rejects.toMatchObject({ code: -32602 });
  });

  test('the same idempotency key answers the same job, and another task with it is refused', async () => {
    const key = randomUUID();
    const first = await callTool(client, 'run_task', { task: 'once', idempotency_key: key });
    const again = await callTool(client, 'run_task', { task: 'once', idempotency_key: key });
    expect(again.body.job.id).toBe(first.body.job.id);
    const other = await callTool(client, 'run_task', { task: 'twice', idempotency_key: key });
    expect(other.body).toMatchObject({ code: 'idempotency_mismatch' });
    await end(first.body.job.id);
  });

  test('a wait tells how the job goes, again also where nothing has changed, and ends with it', async () => {
    const task = randomUUID();
    const told: string[] = [];
    const onprogress = ({ message = '' }): void => void told.push(message);
    const waiting = callTool(client, 'run_task', { task, wait: true }, { onprogress });
    const id = await started(task);
    await until(() => told.length >= 2);
    await end(id);
    expect((await waiting).body.job).toMatchObject({ id, status: 'cancelled' });
    expect(told[0]).toMatch(/^queued/);
  });

  test('a wait that is over answers with the job as it is', async () => {
    const { body } = await callTool(client, 'run_task', { task: 'long', wait: true, wait_timeout_s: 1 });
    expect(body.job.status).toBe('queued');
    expect(body.next_step).toContain('get_job');
    await end(body.job.id);
  });

  describe.each<[string, (wait: AbortController, client: Client) => unknown]>([
    ['cancels the call', (wait) => wait.abort()],
    ['is closed', (_wait, client) => client.close()],
  ])('a client that %s while it waits', (_how, leave) => {
    test.each([
      [true, 'cancelling'],
      [false, 'queued'],
    ])('with cancel_job_on_disconnect: %s leaves the job %s', async (cancel_job_on_disconnect, status) => {
      const task = randomUUID();
      const wait = new AbortController();
      const leaver = await connectMcp(transport(api.url));
      const args = { task, wait: true, cancel_job_on_disconnect };
      const waiting = callTool(leaver, 'run_task', args, { signal: wait.signal }).catch(() => undefined);
      const id = await started(task);
      await leave(wait, leaver);
      await waiting;
      if (cancel_job_on_disconnect) await until(async () => (await statusOf(id)) !== 'queued');
      // What a wrong cancellation would take is over when another call has waited for longer.
      else await callTool(client, 'run_task', { task: 'after it', wait: true, wait_timeout_s: 2 });
      expect([status, ...(cancel_job_on_disconnect ? ['cancelled'] : [])]).toContain(await statusOf(id));
      await leaver.close();
      await end(id).catch(() => undefined);
    });
  });
});

describe('an answer that is too large for a client', () => {
  /** Bytes of JSON that no answer exceeds. */
  const MOST = 40_000;
  /** Characters of one to four bytes, and some that JSON escapes. */
  const LONG = 'Grüße, "日本語" 🙂🙃\n\u0001'.repeat(4_000);

  let client: Client;
  beforeAll(async () => {
    client = await connectMcp(TRANSPORTS['streamable HTTP'](api.url));
  });
  afterAll(() => client.close());

  /** The answers of all pages, each held against the limit. */
  async function pagesOf(tool: string, args: Record<string, unknown>, isLast: (body: ToolAnswer['body']) => boolean) {
    const pages: ToolAnswer['body'][] = [];
    for (let cursor: unknown; ;) {
      const { isError, body } = await callTool(client, tool, { ...args, ...(cursor === undefined ? {} : { cursor }) });
      expect({ isError, tooLarge: Buffer.byteLength(JSON.stringify(body)) > MOST }).toEqual({
        isError: false,
        tooLarge: false,
      });
      pages.push(body);
      if (isLast(body)) return pages;
      cursor = body.next_cursor;
      expect(pages.length).toBeLessThan(100);
    }
  }

  test('a long record comes in parts that add up to it', async () => {
    const { body } = await callTool(client, 'run_task', { task: LONG, profile: 'code' });
    const { id } = body.job;
    expect(body.cut).toEqual([{ field: 'task', from: 0, to: body.job.task.length, of: LONG.length }]);
    const rest = { job_id: id, cursor: body.next_cursor };
    expect((await callTool(client, 'get_job', rest)).body.job.task).not.toBe('');
    const pages = await pagesOf('get_job', { job_id: id }, ({ next_cursor }) => next_cursor === null);
    expect(pages.length).toBeGreaterThan(3);
    expect(pages.map(({ job }) => job.task).join('')).toBe(LONG);
    for (const { job } of pages) expect(job).toMatchObject({ id, status: 'queued', profile: 'code' });
    expect((await callTool(client, 'get_job', { job_id: id, cursor: 'x' })).body).toMatchObject({ field: 'cursor' });
    await end(id);
  });

  test('events come as far as they fit, and one that is larger comes in parts', async () => {
    const { id } = await api.submit();
    const input = { file_path: 'a.txt', content: LONG, edits: [1, { old: LONG.slice(0, 300) }] };
    await api.events.append(id, [
      ...Array.from({ length: 150 }, (_, n) => ({ type: 'text' as const, text: `${n} ${'x'.repeat(900)}` })),
      { type: 'tool_use', id: 't', name: 'Write', input, parent_id: null },
      { type: 'text', text: LONG },
      { type: 'ended', status: 'succeeded' },
    ]);
    const all = await api.events.read(id, 0, 1_000);
    const pages = await pagesOf('job_events', { job_id: id, limit: 1_000 }, ({ ended }) => ended === true);
    const read = pages.flatMap(({ events }) => events as ((typeof all)[number] & { cut?: { field: string }[] })[]);
    const whole = (seq: number, field: string): string =>
      read.flatMap(({ seq: n, event }) => (n === seq ? (event as Record<string, unknown>)[field] : [])).join('');
    expect(read.filter(({ cut }) => cut === undefined)).toEqual([...all.slice(0, 150), ...all.slice(-1)]);
    expect(JSON.parse(whole(151, 'input'))).toEqual(input);
    expect(whole(152, 'text')).toBe(LONG);
    expect(read.every(({ seq }, index) => index === 0 || seq >= (read[index - 1]?.seq ?? 0))).toBe(true);
    // From an event's number, as REST counts them.
    const { body } = await callTool(client, 'job_events', { job_id: id, cursor: 152 });
    expect(body).toMatchObject({ events: [{ seq: 153 }], next_cursor: '153', ended: true });
    await end(id);
  });

  test('over HTTP a page of events is as large as its limit says, up to 1 MiB', async () => {
    const { id } = await api.submit();
    await api.events.append(
      id,
      Array.from({ length: 20 }, () => ({ type: 'text' as const, text: LONG })),
    );
    const first = await api.get(`/jobs/${id}/events?limit=1000`);
    const count = (first.body.events as unknown[]).length;
    expect(Buffer.byteLength(JSON.stringify(first.body))).toBeLessThan(1_048_576 + 1_000);
    expect(count).toBeGreaterThan(1);
    expect(first.body.cursor).toBe(count);
    const { body } = await api.get(`/jobs/${id}/events?limit=1000&cursor=${count}`);
    expect((body.events as { seq: number }[])[0]?.seq).toBe(count + 1);
    await end(id);
  });

  test('a list has as many jobs as fit, each once, with the beginning of its task', async () => {
    const jobs = await Promise.all(Array.from({ length: 40 }, () => api.submit({ task: LONG.slice(0, 3_000) })));
    await api.countJobs();
    const pages = await pagesOf(
      'list_jobs',
      { status: 'queued', limit: 100 },
      ({ next_cursor }) => next_cursor === null,
    );
    expect(pages.length).toBeGreaterThan(1);
    const listed = pages
      .flatMap((page) => page.jobs as JobRecord[])
      .filter(({ id }) => jobs.some((job) => job.id === id));
    expect(listed.map(({ id }) => id).sort()).toEqual(jobs.map(({ id }) => id).sort());
    for (const { task } of listed) expect(LONG.startsWith(task) && task.length > 100).toBe(true);
    await Promise.all(jobs.map(({ id }) => end(id)));
  });
});
