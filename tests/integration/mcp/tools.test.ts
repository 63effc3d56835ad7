import { randomUUID } from 'node:crypto';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startApiWorld, type Api } from '../../support/api.ts';
import { callTool, connectMcp, TRANSPORTS } from '../../support/mcp.ts';
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
    expect((await callTool(client, 'job_events', { job_id: id })).body).toMatchObject({ events: [], cursor: 0 });
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
