import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobRecord } from '../../contract/http/job-record.ts';
import type { PlanRecord } from '../../contract/http/plan.ts';
import { parseRepoUrl } from '../../contract/http/repo-url.ts';
import { mirrorDir } from '../../git/mirror.ts';
import type { ToolCall } from '../support/model/conversation.ts';
import { inOrder } from '../support/model/scripts.ts';
import { plainGit } from '../support/sample-repo.ts';
import type { Script } from '../support/model/scripted-model.ts';
import { callTool, connectMcp, TRANSPORTS } from '../support/mcp.ts';
import { gate } from '../support/model-server.ts';
import { call, jobEnded, jobUntil, readUntil, submit, type Product } from '../support/product.ts';
import { createWorld, fixing, remains, type World } from '../support/world.ts';
import { agenticore } from '../support/command.ts';

const PLAN = '1. Write fix.txt.\n2. Commit it.';
const isPlanning = (task: string): boolean => task.startsWith('Make a plan');

interface Made {
  plan_id: string;
  plan_name: string;
  job_id: string;
  status: string;
  content: string;
  plan: PlanRecord;
}

const ask = async (url: string, json: object): Promise<Made> => (await call<Made>(url, '/plans', { json })).body;
const read = async (url: string, id: string): Promise<PlanRecord> =>
  (await call<{ plan: PlanRecord }>(url, `/plans/${id}`)).body.plan;
const execute = (url: string, id: string, json: object): ReturnType<typeof call<{ job: JobRecord; code?: string }>> =>
  call(url, `/plans/${id}/execute`, { json });

describe('a plan', () => {
  let world: World;
  let product: Product;
  beforeAll(async () => {
    world = await createWorld({
      script: (conversation) => {
        if (!isPlanning(conversation.task)) return fixing()(conversation);
        return conversation.task.includes('silence') ? { text: ' ' } : { text: PLAN };
      },
    });
    product = await world.start('serve');
  });
  afterAll(() => world.end());

  /** The plan of the list at `path` that is `wanted`, when the list has it. */
  async function listed(path: string, wanted: (plan: PlanRecord) => boolean): Promise<PlanRecord> {
    const isThere = ({ plans }: { plans: PlanRecord[] }): boolean => plans.some(wanted);
    const { plans } = await readUntil(product.url, path, isThere);
    return plans.find(wanted)!;
  }

  test('is answered with its text with wait, and nothing of it is left but its record', async () => {
    const before = await world.branches();
    const task = 'Mend the thing, please';
    const { status, body } = await call<Made>(product.url, '/plans', {
      json: { task, repo_url: world.repo, wait: true },
    });
    const { plan_id: id } = body;
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({
        plan_name: `mend-the-thing-please-${id.slice(0, 6)}`,
        job_id: id,
        status: 'ready',
        content: PLAN,
      }),
    ]);
    expect(await read(product.url, id)).toMatchObject({
      task,
      repo_url: world.repo,
      base_ref: 'main',
      status: 'ready',
      content: PLAN,
      planning_job_id: id,
      execution_job_id: null,
      error: null,
      cost_usd: expect.any(Number),
      usage: { output_tokens: expect.any(Number) },
      ended_at: expect.any(String),
    });
    expect(await world.branches()).toEqual(before);
    expect(remains(world, id)).toEqual([]);
    expect((await call<{ jobs: JobRecord[] }>(product.url, '/jobs')).body.jobs).toEqual([]);
    const { events } = (await call<{ events: { event: { type: string } }[] }>(product.url, `/jobs/${id}/events`)).body;
    expect(events.map(({ event }) => event.type)).toContain('run_ended');
  });

  test('is executed by one job, which is told the task and the plan, and delivers', async () => {
    const { plan_id } = await ask(product.url, { task: 'Mend it', repo_url: world.repo, wait: true });
    const first = await execute(product.url, plan_id, { wait: true });
    const { job } = first.body;
    expect(job).toMatchObject({ status: 'succeeded', plan_id, base_ref: 'main', branch: expect.any(String) });
    expect(await world.commits(job.branch ?? '')).toEqual(['fix it']);
    const told = world.model.turns(`<plan>\n${PLAN}\n</plan>`).map(({ conversation }) => conversation?.task ?? '');
    expect(told.length).toBeGreaterThan(0);
    expect(told.every((task) => task.startsWith('Mend it\n'))).toBe(true);
    expect((await read(product.url, plan_id)).execution_job_id).toBe(job.id);

    const same = await execute(product.url, plan_id, {});
    expect([same.status, same.body.job.id]).toEqual([202, job.id]);
    const other = await execute(product.url, plan_id, { profile: 'review' });
    expect([other.status, other.body.code]).toEqual([409, 'plan_executed']);
    const again = await execute(product.url, plan_id, { profile: 'review', again: true });
    expect(again.body.job).toMatchObject({ plan_id, profile: 'review' });
    expect(again.body.job.id).not.toBe(job.id);
    await jobEnded(() => product.url, again.body.job.id);
    expect(await listed('/plans?status=ready', ({ id }) => id === plan_id)).toMatchObject({
      execution_job_id: job.id,
      content: null,
    });
  });

  test('that its agent does not say fails, and is not executed', async () => {
    const { plan_id, status, plan } = await ask(product.url, { task: 'silence', wait: true });
    expect([status, plan.error_code]).toEqual(['failed', 'agent_failed']);
    const refused = await execute(product.url, plan_id, {});
    expect([refused.status, refused.body.code]).toEqual([409, 'plan_failed']);
  });

  test('is made and executed by MCP, with wait', async () => {
    const client = await connectMcp(TRANSPORTS['streamable HTTP'](product.url));
    try {
      const request = { task: 'By a tool', repo_url: world.repo, wait: true };
      const made = await callTool(client, 'plan_task', request);
      expect(made.body).toMatchObject({ status: 'ready', content: PLAN });
      const { plan_id } = made.body;
      const { body } = await callTool(client, 'execute_plan', { plan_id, wait: true });
      expect(body.job).toMatchObject({ status: 'succeeded', plan_id, branch: expect.any(String) });
    } finally {
      await client.close();
    }
  });

  test('is made, printed and executed from the command line', async () => {
    const cli = (...args: string[]): Promise<string> =>
      agenticore({ ...world.env, AGENTICORE_URL: product.url }, ...args);
    expect(await cli('plan', 'From the shell', '-r', world.repo, '--wait')).toBe(`${PLAN}\n`);
    const { id } = await listed('/plans', ({ task }) => task === 'From the shell');
    expect(await cli('plans', id.slice(0, 8))).toBe(`${PLAN}\n`);
    expect(await cli('execute-plan', id.slice(0, 8), '--wait')).toMatch(/succeeded[^]*agenticore-/);
    expect(await cli('plans')).toContain(`from-the-shell-${id.slice(0, 6)}`);
  });
});

describe('an agent that makes a plan', () => {
  let world: World;
  let outside: string;
  afterEach(async () => {
    await world.end();
    await rm(outside, { recursive: true, force: true });
  });

  /** A profile that allows everything and brings a server that leaves a mark when it is started. */
  async function writeReckless(sandbox: string): Promise<void> {
    const folder = join(world.dir, 'data', 'profiles', 'reckless');
    await mkdir(folder, { recursive: true });
    const yaml = `sandbox: ${sandbox}\ntrust_repo: true\nclaude: { allowed_tools: [Bash, Write] }\n`;
    await writeFile(join(folder, 'profile.yml'), yaml);
    const server = { command: 'touch', args: [join(outside, 'server')] };
    await writeFile(join(folder, '.mcp.json'), JSON.stringify({ mcpServers: { evil: server } }));
  }

  test.each(['auto', 'off'])('can change nothing, whatever its profile allows, with sandbox %s', async (sandbox) => {
    outside = await mkdtemp(join(tmpdir(), 'agenticore-outside-'));
    const mark = (name: string): string => join(outside, name);
    const hooks = { SessionStart: [{ hooks: [{ type: 'command', command: `touch ${mark('hook')}` }] }] };
    const tries: Script = inOrder(
      { tool: 'Write', input: { file_path: mark('write'), content: 'x' } },
      { tool: 'Write', input: { file_path: 'README.md', content: 'x' } },
      { tool: 'Edit', input: { file_path: 'README.md', old_string: '#', new_string: 'x' } },
      { tool: 'NotebookEdit', input: { notebook_path: mark('n.ipynb'), new_source: 'x' } },
      { tool: 'Bash', input: { command: `touch ${mark('bash')} in-worktree`, description: 'x' } },
      { tool: 'Bash', input: { command: 'git commit --allow-empty -m x && git push origin HEAD', description: 'x' } },
      { tool: 'Task', input: { description: 'x', prompt: 'touch it', subagent_type: 'general-purpose' } },
      { tool: 'Agent', input: { description: 'x', prompt: 'touch it', subagent_type: 'general-purpose' } },
      { tool: 'mcp__evil__write', input: {} },
      { tool: 'ExitPlanMode', input: { plan: 'I leave plan mode.' } },
      { text: PLAN },
    );
    let calls: ToolCall[] = [];
    let worktree: string[] = [];
    world = await createWorld({
      files: { 'README.md': '# Sample\n', '.claude/settings.json': JSON.stringify({ hooks }) },
      script: async (conversation) => {
        calls = conversation.calls;
        const root = join(world.dir, 'data', 'worktrees');
        worktree = await readdir(join(root, (await readdir(root))[0] ?? ''));
        return tries(conversation);
      },
    });
    await writeReckless(sandbox);
    const refs = (): Promise<string> => plainGit(world.repo, 'for-each-ref');
    const before = await refs();
    const product = await world.start('serve');
    const request = { task: 'Plan it', repo_url: world.repo, profile: 'reckless', wait: true };
    const { plan } = await ask(product.url, request);
    expect(plan).toMatchObject({ status: 'ready', content: PLAN });
    expect(calls.map(({ name, result }) => [name, result?.is_error])).toEqual(calls.map(({ name }) => [name, true]));
    expect(calls).toHaveLength(10);
    expect(worktree.sort()).toEqual(['.claude', '.git', 'README.md']);
    expect(await readdir(outside)).toEqual([]);
    expect(await refs()).toBe(before);
    const repo = parseRepoUrl(world.repo, { allowLocal: true, allowedHosts: [] });
    expect(await plainGit(mirrorDir(join(world.dir, 'repos'), repo), 'for-each-ref', 'refs/heads')).toBe(before);
    expect(remains(world, plan.id)).toEqual([]);
  });
});

describe('with one seat', () => {
  let world: World;
  afterEach(() => world.end());

  test('a plan waits while a job runs, and is cancelled like one', async () => {
    const held = gate();
    world = await createWorld({
      env: { AGENTICORE_MAX_PARALLEL_JOBS: '1' },
      script: async ({ task }) => {
        if (!isPlanning(task)) await held.opened;
        return { text: PLAN };
      },
    });
    const product = await world.start('serve');
    await submit(product.url, { task: 'busy' });
    await world.model.waitFor(({ conversation }) => conversation?.task === 'busy');
    const [first, second] = [await ask(product.url, { task: 'one' }), await ask(product.url, { task: 'two' })];
    const early = await execute(product.url, first.plan_id, {});
    expect([first.status, early.status, early.body.code]).toEqual(['pending', 409, 'plan_not_ready']);
    const waiting = await jobUntil(
      () => product.url,
      second.job_id,
      ({ queue_position }) => queue_position === 2,
    );
    expect(waiting).toMatchObject({ status: 'queued', plan_id: second.plan_id, started_at: null });
    await call(product.url, `/plans/${second.plan_id}`, { method: 'DELETE' });
    await jobEnded(() => product.url, second.job_id);
    expect(await read(product.url, second.plan_id)).toMatchObject({ status: 'failed', error_code: 'cancelled' });
    expect(world.model.turns('one')).toEqual([]);
    held.open();
    const planned = await jobEnded(() => product.url, first.job_id);
    expect(planned.status).toBe('succeeded');
  });
});
