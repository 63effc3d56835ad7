import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRecord } from '../../contract/http/job-record.ts';
import type { WorktreeRecord } from '../../contract/http/worktree.ts';
import { WORKTREE_USED } from '../../contract/workflow/worktree-state.ts';
import { tryLock } from '../../processes/file-lock.ts';
import { plainGit } from '../support/sample-repo.ts';
import { callTool, connectMcp, TRANSPORTS } from '../support/mcp.ts';
import { call, jobEnded, jobUntil, submit, type Product } from '../support/product.ts';
import { processesWith } from '../support/strays.ts';
import { withClient } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import type { World } from '../support/world.ts';
import { runCli, type Ended } from '../support/cli.ts';
import { createAddingWorld, leftIn, listUntil, prepare, readWorktree, removeWorktree } from '../support/worktrees.ts';

let world: World;
let product: Product;
const url = (): string => product.url;
const run = async (request: object): Promise<JobRecord> => jobEnded(url, (await submit(url(), request)).id);
const left = (): string[] => leftIn(world);

beforeAll(async () => {
  world = await createAddingWorld();
  product = await world.start('serve');
});
afterAll(() => world.end());

describe('a prepared worktree', () => {
  test('is there when it is answered, and the jobs in it continue on its branch', async () => {
    const prepared = await prepare(url(), world.repo);
    const { id, path, branch } = prepared;
    expect(prepared).toMatchObject({
      branch: `agenticore-${id.slice(0, 8)}`,
      base_ref: 'main',
      pushed: false,
      error: null,
    });
    expect(prepared.size_bytes).toBeGreaterThan(0);
    expect(await plainGit(path ?? '', 'branch', '--show-current')).toBe(branch);
    const first = await run({ task: 'add one', worktree_id: id });
    expect(first).toMatchObject({ status: 'succeeded', branch, worktree_id: id, worktree_path: path });
    expect(first.repo_url).toBe(world.repo);
    expect(await readWorktree(url(), id)).toMatchObject({ status: 'ready', pushed: true });
    const second = await run({ task: 'add two', worktree_id: id, repo_url: world.repo });
    expect(second).toMatchObject({ status: 'succeeded', branch });
    expect(await world.commits(branch ?? '')).toEqual(['two', 'one']);
    expect(await plainGit(world.repo, 'show', `${branch}:log.txt`)).toBe('one\ntwo');
    expect(left()).toEqual([id, `${id}.deliver`]);
    const { status, body } = await removeWorktree(url(), id);
    expect({ status, worktree: body.worktree }).toMatchObject({ status: 200, worktree: { id, status: 'removed' } });
    expect(left()).toEqual([]);
    const after = await call(url(), '/jobs', { json: { task: 'x', worktree_id: id } });
    expect(after).toMatchObject({ status: 404, body: { code: 'worktree_not_found', field: 'worktree_id' } });
  });

  test('outlives the history of its workflow: what it was is known, and it can be worked in and removed', async () => {
    const made = await prepare(url(), world.repo);
    await withClient(world.temporal(), async ({ workflow }) => {
      const handle = workflow.getHandle(made.id);
      const { runId } = await handle.describe();
      const use = (): Promise<void> => handle.signal(WORKTREE_USED, { pushed: true, size_bytes: 1 });
      // Each is one event at least, and after 500 this server suggests to continue as new; it takes a hundred at once
      // at most.
      for (let batch = 0; batch < 10; batch++) await Promise.all(Array.from({ length: 20 }, use));
      await until(async () => {
        if ((await handle.describe()).runId !== runId) return true;
        await use();
        return false;
      });
    });
    const { branch, path, created_at } = made;
    expect(await readWorktree(url(), made.id)).toMatchObject({
      status: 'ready',
      pushed: true,
      branch,
      path,
      created_at,
    });
    await listUntil(url(), (worktrees) => worktrees.some(({ id }) => id === made.id));
    expect(await run({ task: 'add one', worktree_id: made.id })).toMatchObject({ status: 'succeeded', branch });
    expect(await removeWorktree(url(), made.id)).toMatchObject({
      status: 200,
      body: { worktree: { id: made.id, status: 'removed' } },
    });
  });

  test('that cannot be prepared says why, and leaves nothing', async () => {
    const { status, body } = await call<{ worktree: WorktreeRecord }>(url(), '/worktrees', {
      json: { repo_url: world.repo, base_ref: 'no-such-branch' },
    });
    expect(status).toBe(200);
    expect(body.worktree).toMatchObject({ status: 'failed', error_code: 'ref_not_found', path: null });
    expect(body.worktree.next_step).not.toBeNull();
    expect(left()).toEqual([]);
  });

  test('keeps what a failed job left for the next one', async () => {
    const { id, path, branch } = await prepare(url(), world.repo);
    await writeFile(join(path ?? '', 'by hand.txt'), 'kept\n');
    expect(await run({ task: 'refused', worktree_id: id })).toMatchObject({ error_code: 'agent_auth_failed' });
    expect(await readWorktree(url(), id)).toMatchObject({ status: 'ready', pushed: null });
    expect(await run({ task: 'add one', worktree_id: id })).toMatchObject({ status: 'succeeded', branch });
    expect(await plainGit(world.repo, 'show', `${branch}:by hand.txt`)).toBe('kept');
    expect(await removeWorktree(url(), id)).toMatchObject({ status: 200, body: { worktree: { status: 'removed' } } });
  });

  test('has one job at a time, and is not removed meanwhile', async () => {
    const { id, path } = await prepare(url(), world.repo);
    const request = { task: 'take long', worktree_id: id };
    const key = { 'idempotency-key': 'long' };
    const { id: job } = await submit(url(), request, key);
    await jobUntil(url, job, ({ stage }) => stage === 'running_agent');
    const busy = { status: 409, body: { code: 'worktree_busy' } };
    expect(await call(url(), '/jobs', { json: { task: 'add one', worktree_id: id } })).toMatchObject(busy);
    expect((await submit(url(), request, key)).id).toBe(job);
    expect(await removeWorktree(url(), id, '?force=true')).toMatchObject(busy);
    expect(existsSync(path ?? '')).toBe(true);
    await call(url(), `/jobs/${job}`, { method: 'DELETE' });
    await jobEnded(url, job);
    expect(await removeWorktree(url(), id)).toMatchObject({ status: 200 });
    expect(processesWith(id)).toEqual([]);
    expect(left()).toEqual([]);
  });

  test('that somebody holds on its host is refused there to a job, and to a removal even with force', async () => {
    const { id, path } = await prepare(url(), world.repo);
    const held = await tryLock(`${path ?? ''}.lock`);
    expect(await run({ task: 'add one', worktree_id: id })).toMatchObject({
      status: 'failed',
      error_code: 'worktree_busy',
      error_stage: 'creating_worktree',
    });
    const removal = await removeWorktree(url(), id, '?force=true');
    expect(removal).toMatchObject({ status: 409, body: { code: 'worktree_busy' } });
    held?.release();
    expect(await run({ task: 'add one', worktree_id: id })).toMatchObject({ status: 'succeeded' });
    expect(await removeWorktree(url(), id)).toMatchObject({ status: 200 });
  });
});

describe('undelivered work', () => {
  const kept = { status: 409, body: { code: 'undelivered_work' } };

  test.each([
    ['a file that is not committed', (path: string) => writeFile(join(path, 'new.txt'), 'x')],
    ['a commit that is not pushed', (path: string) => commitIn(path)],
    [
      'a commit on another branch',
      async (path: string) => {
        await plainGit(path, 'checkout', '-q', '-b', 'aside');
        await commitIn(path);
        await plainGit(path, 'checkout', '-q', '-');
      },
    ],
    [
      'a stash',
      async (path: string) => {
        await writeFile(join(path, 'README.md'), 'changed');
        await plainGit(path, 'stash', '--include-untracked');
      },
    ],
    ['a git directory that cannot be read', (path: string) => writeFile(join(path, '.git', 'HEAD'), 'nonsense')],
  ])('such as %s keeps the worktree, but not with force', async (_name, work) => {
    const { id, path } = await prepare(url(), world.repo);
    await work(path ?? '');
    expect(await removeWorktree(url(), id)).toMatchObject(kept);
    expect(existsSync(path ?? '')).toBe(true);
    expect(await readWorktree(url(), id)).toMatchObject({ status: 'ready', error_code: 'undelivered_work' });
    const forced = await removeWorktree(url(), id, '?force=true');
    expect(forced).toMatchObject({ status: 200, body: { worktree: { status: 'removed' } } });
    expect(left()).toEqual([]);
  });

  test('cannot be told while the remote is away: the worktree is kept', async () => {
    const { id, path } = await prepare(url(), world.repo);
    await rename(world.repo, `${world.repo}.away`);
    try {
      expect(await removeWorktree(url(), id)).toMatchObject({ status: 409, body: { code: 'repo_not_found' } });
    } finally {
      await rename(`${world.repo}.away`, world.repo);
    }
    expect(existsSync(path ?? '')).toBe(true);
    expect(await removeWorktree(url(), id)).toMatchObject({ status: 200 });
  });

  test('keeps a worktree whose workflow is cancelled, which says so and can still be removed', async () => {
    const [dirty, clean] = await Promise.all([prepare(url(), world.repo), prepare(url(), world.repo)]);
    await writeFile(join(dirty.path ?? '', 'new.txt'), 'x');
    await Promise.all([dirty, clean].map(({ id }) => cancelWorkflow(id)));
    await listUntil(url(), (all) => all.every(({ id }) => id !== clean.id));
    expect(await readWorktree(url(), clean.id)).toMatchObject({ status: 'removed' });
    await listUntil(url(), (all) =>
      all.some(({ id, error_code }) => id === dirty.id && error_code === 'undelivered_work'),
    );
    expect(left()).toEqual([dirty.id]);
    expect(await removeWorktree(url(), dirty.id, '?force=true')).toMatchObject({ status: 200 });
  });
});

const commitIn = (path: string): Promise<unknown> =>
  plainGit(path, '-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '-q', '--allow-empty', '-m', 'by hand');

const cancelWorkflow = (id: string): Promise<unknown> =>
  withClient(world.temporal(), ({ workflow }) => workflow.getHandle(id).cancel());

describe('a clean-up', () => {
  test('removes by id, path and age what may go, says what it kept, and lists and lives on meanwhile', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => prepare(url(), world.repo)));
    await listUntil(url(), (all) => made.every(({ id }) => all.some((each) => each.id === id && each.path !== null)));
    const [byId, byPath, dirty] = made;
    await writeFile(join(dirty?.path ?? '', 'new.txt'), 'x');
    const clean = (json: object): Promise<{ status: number; body: unknown }> =>
      call(url(), '/worktrees/cleanup', { json });
    expect(await clean({})).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(await clean({ worktree_ids: [byId?.id], paths: [byPath?.path, '/etc'] })).toMatchObject({
      status: 200,
      body: {
        removed: 2,
        kept: 1,
        worktrees: [
          { id: byId?.id, removed: true, code: null },
          { id: byPath?.id, path: byPath?.path, removed: true },
          { id: null, path: '/etc', removed: false, code: 'worktree_not_found' },
        ],
      },
    });
    expect(await clean({ max_age_hours: 1 })).toMatchObject({ body: { removed: 0, kept: 0 } });
    await listUntil(url(), (all) => all.length === 18);
    const [cleaned, ...meanwhile] = await Promise.all([
      clean({ max_age_hours: 0 }),
      call(url(), '/health'),
      call(url(), '/worktrees'),
    ]);
    expect(meanwhile.map(({ status }) => status)).toEqual([200, 200]);
    expect(cleaned).toMatchObject({ body: { removed: 17, kept: 1 } });
    expect(left()).toEqual([dirty?.id]);
    expect(await clean({ paths: [dirty?.path], force: true })).toMatchObject({ body: { removed: 1, kept: 0 } });
    expect(left()).toEqual([]);
  });
});

describe('worktrees over MCP', () => {
  test('are prepared, read, listed and cleaned up by the tools, and run_task works in them', async () => {
    const client = await connectMcp(TRANSPORTS['streamable HTTP'](url()));
    try {
      const { worktree } = (await callTool(client, 'prepare_worktree', { repo_url: world.repo, base_ref: '' })).body;
      expect(worktree).toMatchObject({ status: 'ready', path: expect.any(String) });
      const { id, path, branch } = worktree as WorktreeRecord;
      expect((await callTool(client, 'get_worktree', { id })).body.worktree).toMatchObject({ id, path });
      await listUntil(url(), (all) => all.some((each) => each.id === id));
      expect((await callTool(client, 'list_worktrees', {})).body.worktrees).toMatchObject([{ id }]);
      const { job } = (await callTool(client, 'run_task', { task: 'add one', worktree_id: id, wait: true })).body;
      expect(job).toMatchObject({ status: 'succeeded', branch, worktree_id: id });
      await writeFile(join(path ?? '', 'new.txt'), 'x');
      const kept = await callTool(client, 'cleanup_worktrees', { worktree_ids: [id] });
      expect(kept.body).toMatchObject({ removed: 0, kept: 1, worktrees: [{ id, code: 'undelivered_work' }] });
      const forced = await callTool(client, 'cleanup_worktrees', { paths: [path], force: true });
      expect(forced.body).toMatchObject({ removed: 1, kept: 0 });
      expect((await callTool(client, 'get_worktree', { id })).body.worktree).toMatchObject({ status: 'removed' });
    } finally {
      await client.close();
    }
  });
});

describe('agenticore worktrees', () => {
  const cli = (...args: string[]): Promise<Ended> => runCli(url(), args);

  test('prepares, lists and shows worktrees, submits jobs to them, and cleans them up', async () => {
    const prepared = await cli('worktrees', 'prepare', '--repo', world.repo, '--json');
    const { worktree } = JSON.parse(prepared.stdout) as { worktree: WorktreeRecord };
    const { id, path, branch } = worktree;
    expect({ code: prepared.code, worktree }).toMatchObject({ code: 0, worktree: { status: 'ready' } });
    await listUntil(url(), (all) => all.some((each) => each.id === id && each.path !== null));
    expect((await cli('worktrees')).stdout).toMatch(new RegExp(`^${id} +ready .* ${branch} .* no +${path}$`, 'm'));
    expect((await cli('worktrees', 'show', id.slice(0, 8))).stdout).toMatch(
      new RegExp(`^${id} ready\n *path +${path}`),
    );
    const job = await cli('submit', 'add one', '--worktree', id, '--wait', '--json');
    expect(JSON.parse(job.stdout)).toMatchObject({ job: { status: 'succeeded', worktree_id: id, branch } });
    await writeFile(join(path ?? '', 'new.txt'), 'x');
    expect(await cli('worktrees', 'cleanup')).toMatchObject({ code: 2 });
    const kept = await cli('worktrees', 'cleanup', id.slice(0, 8));
    expect([kept.code, kept.stdout]).toEqual([1, expect.stringContaining(`${id} kept: undelivered_work: `)]);
    const removed = await cli('worktrees', 'cleanup', '--path', path ?? '', '--force');
    expect([removed.code, removed.stdout]).toEqual([0, `${id} removed\n`]);
    const failed = await cli('worktrees', 'prepare', '--repo', world.repo, '--base-ref', 'none');
    expect([failed.code, failed.stdout]).toEqual([1, expect.stringContaining('ref_not_found')]);
  });
});
