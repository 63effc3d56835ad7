import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import { createBareRepo, plainGit } from '../support/sample-repo.ts';
import { agenticore } from '../support/command.ts';
import { acceptPushes } from '../support/git-server.ts';
import { callTool, connectMcp, TRANSPORTS } from '../support/mcp.ts';
import { call, jobEnded, jobUntil, readJob, submit, type Product } from '../support/product.ts';
import { createWorld, fixing, remains, writeProfile, type World } from '../support/world.ts';

interface Answer {
  job: JobRecord;
  code?: string;
}

const rest = { command: 'echo done >> half.txt' };

describe('a retry', () => {
  let world: World;
  let product: Product;
  /** Whether the model refuses the agent after its first step. */
  let refused = true;
  const url = (): string => product.url;
  const run = async (request: object): Promise<JobRecord> => jobEnded(url, (await submit(url(), request)).id);
  const retry = (id: string, json: object = {}): ReturnType<typeof call<Answer>> =>
    call<Answer>(url(), `/jobs/${id}/retry`, { json });
  const retried = async (id: string, json: object = {}): Promise<JobRecord> => {
    const { status, body } = await retry(id, json);
    expect(status).toBe(202);
    return jobEnded(url, body.job.id);
  };

  /** A repository that refuses every branch, until the hook is gone. */
  async function guardedRepo(name: string): Promise<{ repo: string; open: () => Promise<void> }> {
    const repo = join(world.dir, name);
    await createBareRepo(repo);
    await acceptPushes(repo, '*');
    return { repo, open: () => rm(join(repo, 'hooks', 'pre-receive')) };
  }

  beforeAll(async () => {
    world = await createWorld({
      script: (conversation) => {
        if (conversation.task.includes('hang')) return { hold: new Promise(() => undefined) };
        if (!conversation.task.includes('two steps')) return fixing()(conversation);
        const working = fixingAgent({ edits: { 'half.txt': 'half' }, commands: [rest] });
        const begun = conversation.calls.some(({ result }) => result !== undefined);
        return refused && begun ? { status: 401, error: 'invalid x-api-key' } : working(conversation);
      },
    });
    product = await world.start('serve');
  });
  afterAll(() => world.end());

  test('delivers what is committed without asking the model again', async () => {
    const { repo, open } = await guardedRepo('guarded.git');
    const failed = await run({ task: 'fix it', repo_url: repo });
    expect(failed).toMatchObject({
      status: 'failed',
      error_code: 'push_rejected',
      error_stage: 'delivering',
      next_step: expect.stringContaining('retry'),
      output: 'All done.',
      branch: null,
    });
    await open();
    const asked = world.model.requests.length;
    const job = await retried(failed.id);
    expect(job).toMatchObject({
      status: 'succeeded',
      retry_of: failed.id,
      retry_from: 'delivery',
      branch: `agenticore-${failed.id.slice(0, 8)}`,
      sha: failed.sha,
      output: 'All done.',
      cost_usd: null,
    });
    expect(world.model.requests).toHaveLength(asked);
    expect(await plainGit(repo, 'log', '--format=%s', `main..${job.branch ?? ''}`)).toBe('fix it');
    expect((await readJob(url(), failed.id)).retried_by).toBe(job.id);
    expect([...remains(world, failed.id), ...remains(world, job.id)]).toEqual([]);
  });

  test('that fails, too, is tried again by the next, also over MCP', async () => {
    const { repo, open } = await guardedRepo('twice.git');
    const first = await run({ task: 'fix it', repo_url: repo });
    const second = await retried(first.id);
    expect(second).toMatchObject({ status: 'failed', error_code: 'push_rejected', retry_from: 'delivery' });
    await open();
    const client = await connectMcp(TRANSPORTS['streamable HTTP'](url()));
    const { job: third } = (await callTool(client, 'retry_job', { job_id: first.id, wait: true })).body;
    await client.close();
    expect(third).toMatchObject({ status: 'succeeded', retry_of: second.id, sha: first.sha });
    expect(await plainGit(repo, 'branch', '--list', 'agenticore-*', '--format=%(refname:short)')).toBe(
      `agenticore-${first.id.slice(0, 8)}`,
    );
  });

  test('that is cancelled leaves the work of the job that it tried again to the next', async () => {
    const { repo, open } = await guardedRepo('cancelled.git');
    const failed = await run({ task: 'fix it', repo_url: repo });
    await writeFile(
      join(repo, 'hooks', 'pre-receive'),
      '#!/bin/sh\ntouch pushed; while test -e hold; do sleep 0.1; done\n',
    );
    await writeFile(join(repo, 'hold'), '');
    const { body } = await retry(failed.id);
    await jobUntil(url, body.job.id, ({ stage }) => stage === 'delivering');
    await call(url(), `/jobs/${body.job.id}`, { method: 'DELETE' });
    const cancelled = await jobEnded(url, body.job.id);
    await open();
    await rm(join(repo, 'hold'));
    expect(cancelled).toMatchObject({ status: 'cancelled', worktree_path: expect.stringContaining(cancelled.id) });
    const asked = world.model.requests.length;
    expect(await agenticore(world.env, 'gc')).not.toContain(cancelled.id);
    expect(await retried(failed.id)).toMatchObject({
      status: 'succeeded',
      retry_of: cancelled.id,
      retry_from: 'delivery',
      sha: failed.sha,
    });
    expect(world.model.requests).toHaveLength(asked);
  });

  test('that fails before it comes to deliver leaves what there is to deliver to the next', async () => {
    const { repo, open } = await guardedRepo('unprofiled.git');
    await writeProfile(world, 'passing', 'extends: code\n');
    const failed = await run({ task: 'fix it', repo_url: repo, profile: 'passing' });
    await open();
    await writeProfile(world, 'passing', 'extends: none-of-that-name\n');
    const second = await retried(failed.id);
    expect(second).toMatchObject({ status: 'failed', error_stage: 'materializing_profile' });
    await writeProfile(world, 'passing', 'extends: code\n');
    const asked = world.model.requests.length;
    expect(await retried(failed.id)).toMatchObject({
      status: 'succeeded',
      retry_of: second.id,
      retry_from: 'delivery',
      sha: failed.sha,
    });
    expect(world.model.requests).toHaveLength(asked);
  });

  test('goes on with the session and the files of an agent that was stopped', async () => {
    const failed = await run({ task: 'work in two steps', repo_url: world.repo });
    expect(failed).toMatchObject({ error_code: 'agent_auth_failed', worktree_path: expect.any(String) });
    refused = false;
    const job = await retried(failed.id);
    expect(job).toMatchObject({ status: 'succeeded', retry_from: 'session', resumed: true });
    const seen = JSON.stringify(world.model.requests.at(-1)?.body);
    expect(seen).toContain('is tried again');
    expect(seen).toContain("cat > 'half.txt'");
    expect(await plainGit(world.repo, 'show', `${job.branch ?? ''}:half.txt`)).toBe('half\ndone');
  });

  test('begins anew where it is asked to, or where nothing is left', async () => {
    const { repo, open } = await guardedRepo('anew.git');
    const failed = await run({ task: 'fix it', repo_url: repo });
    await open();
    const asked = world.model.requests.length;
    expect(await retried(failed.id, { from: 'start' })).toMatchObject({ status: 'succeeded', retry_from: 'start' });
    expect(world.model.requests.length).toBeGreaterThan(asked);
    const lost = await run({ task: 'fix it', repo_url: '/there/is/none.git' });
    const refused = await retry(lost.id, { from: 'delivery' });
    expect([refused.status, refused.body.code]).toEqual([409, 'retry_impossible']);
    expect(await retried(lost.id)).toMatchObject({
      status: 'failed',
      error_code: 'repo_not_found',
      retry_from: 'start',
    });
  });

  test('begins anew, and says so, where the worktree is gone meanwhile', async () => {
    const { repo, open } = await guardedRepo('gone.git');
    const failed = await run({ task: 'fix it', repo_url: repo });
    await rm(failed.worktree_path ?? '', { recursive: true });
    await open();
    expect(await retried(failed.id)).toMatchObject({ status: 'succeeded', retry_from: 'start' });
  });

  test('is one, however often it is asked for at once', async () => {
    const { repo } = await guardedRepo('at-once.git');
    const failed = await run({ task: 'fix it', repo_url: repo });
    const answers = await Promise.all(Array.from({ length: 5 }, () => retry(failed.id)));
    const ids = new Set(answers.map(({ body }) => body.job.id));
    await Promise.all([...ids].map((id) => jobEnded(url, id)));
    expect(ids.size).toBe(1);
  });

  test('of a job that has succeeded, runs or is not there is refused', async () => {
    const done = await run({ task: 'fix it', repo_url: world.repo });
    expect((await retry(done.id)).body.code).toBe('job_succeeded');
    const open = await submit(url(), { task: 'hang', repo_url: world.repo });
    const refused = await retry(open.id);
    expect([refused.status, refused.body.code]).toEqual([409, 'job_running']);
    await call(url(), `/jobs/${open.id}`, { method: 'DELETE' });
    await jobEnded(url, open.id);
    expect((await retry('3f0e1a52-0c0f-4b62-9d37-5b7f0d6a9c11')).status).toBe(404);
    expect((await retry(open.id, { from: 'the end' })).status).toBe(400);
  });
});
