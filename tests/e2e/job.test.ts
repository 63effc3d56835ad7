import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { Scrape } from '../support/metrics.ts';
import { fixingAgent } from '../support/model/scripts.ts';
import type { StreamEvent } from '../../contract/workflow/stream-events.ts';
import { packageRoot } from '../../config/index.ts';
import { commitFiles, createBareRepo, plainGit } from '../support/sample-repo.ts';
import { call, runJob, submit, type Product } from '../support/product.ts';
import { createWorld, fixing, remains, type World } from '../support/world.ts';

const quiet = fixingAgent({ summary: 'There is nothing to do.' });
const leftovers = fixingAgent({ edits: { 'left over.txt': 'not committed' } });

describe('a job', () => {
  let world: World;
  let product: Product;
  const url = (): string => product.url;
  const run = (request: object): Promise<JobRecord> => runJob(url, request);

  beforeAll(async () => {
    world = await createWorld({
      script: (conversation) => {
        if (conversation.task.includes('refused')) return { status: 401, error: 'invalid x-api-key' };
        if (conversation.task.includes('nothing')) return quiet(conversation);
        if (conversation.task.includes('uncommitted')) return leftovers(conversation);
        return fixing()(conversation);
      },
    });
    await mkdir(join(world.dir, 'servers'));
    product = await world.start('serve', { env: { AGENTICORE_MCP_FILES_DIR: join(world.dir, 'servers') } });
  });
  afterAll(() => world.end());

  test('ends with its commits on a branch of the remote, and leaves nothing behind', async () => {
    const job = await run({ task: 'fix it', repo_url: world.repo });
    expect(job).toMatchObject({
      status: 'succeeded',
      branch: `agenticore-${job.id.slice(0, 8)}`,
      base_ref: 'main',
      mode: 'fire_and_forget',
      ttl_seconds: 86_400,
      attempt: 1,
      resumed: false,
      output: 'All done.',
    });
    expect(job.hosts).toHaveLength(1);
    expect(job.usage?.output_tokens).toBeGreaterThan(0);
    expect(job.cost_usd).toBeGreaterThan(0);
    expect(await world.commits(job.branch ?? '')).toEqual(['fix it']);
    expect(await plainGit(world.repo, 'rev-parse', job.branch ?? '')).toBe(job.sha);
    expect(remains(world, job.id)).toEqual([]);
    const transcript = join(world.dir, 'data', 'transcripts', job.id, `${job.session_id ?? ''}.jsonl`);
    expect(await readFile(transcript, 'utf8')).toContain('All done.');
  });

  test('commits what the agent left uncommitted', async () => {
    const job = await run({ task: 'uncommitted work', repo_url: world.repo });
    expect(await world.commits(job.branch ?? '')).toEqual(['uncommitted work']);
  });

  test('that changes nothing succeeds without a branch', async () => {
    const job = await run({ task: 'nothing to do', repo_url: world.repo });
    expect(job).toMatchObject({ status: 'succeeded', branch: null, sha: null, output: 'There is nothing to do.' });
    expect(await world.branches()).not.toContain(`agenticore-${job.id.slice(0, 8)}`);
  });

  test('without a repository works in an empty directory and has an output', async () => {
    const job = await run({ task: 'nothing to do' });
    expect(job).toMatchObject({ status: 'succeeded', branch: null, repo_url: null, output: 'There is nothing to do.' });
  });

  test('starts from the default branch, whatever its name, and from an empty repository', async () => {
    const master = join(world.dir, 'master.git');
    const empty = join(world.dir, 'empty.git');
    await createBareRepo(master, { branch: 'master' });
    await createBareRepo(empty, { files: null });
    const [onMaster, onEmpty] = await Promise.all([master, empty].map((repo_url) => run({ task: 'fix it', repo_url })));
    expect(onMaster).toMatchObject({ status: 'succeeded', base_ref: 'master' });
    expect(onEmpty).toMatchObject({ status: 'succeeded' });
    expect(await plainGit(empty, 'log', '--format=%s', onEmpty?.branch ?? '')).toBe('fix it\nInitial commit');
    expect(await plainGit(empty, 'log', '--format=%s', 'main')).toBe('Initial commit');
  });

  test('starts from the base_ref it names', async () => {
    const sha = await commitFiles(world.repo, 'release', { 'release.txt': '1' }, 'release');
    const job = await run({ task: 'fix it', repo_url: world.repo, base_ref: 'release' });
    expect(await plainGit(world.repo, 'rev-parse', `${job.branch ?? ''}^`)).toBe(sha);
  });

  test.each([
    ['repo_not_found', { task: 'fix it', repo_url: '/there/is/none.git' }],
    ['ref_not_found', { task: 'fix it', base_ref: 'no-such-branch' }],
    ['agent_auth_failed', { task: 'refused' }],
  ])('that cannot be done fails with %s, what happened and what to do', async (code, request) => {
    const job = await run({ repo_url: world.repo, ...request });
    expect(job).toMatchObject({
      status: 'failed',
      error_code: code,
      error: expect.any(String),
      next_step: expect.any(String),
    });
    expect(job.branch).toBeNull();
    expect(remains(world, job.id)).toEqual([]);
  });

  test('has the MCP servers of the file that it names', async () => {
    // Its text and not its path: where the package lies below a temporary directory no agent sees it.
    const source = await readFile(join(packageRoot, 'tests/fixtures/greeter-server.mjs'), 'utf8');
    const greeter = { command: process.execPath, args: ['--input-type=module', '--eval', source] };
    await writeFile(join(world.dir, 'servers', 'more.json'), JSON.stringify({ mcpServers: { greeter } }));
    const toolsOf = async (request: object): Promise<string[]> => {
      const { id, status } = await run({ task: 'nothing to do', ...request });
      expect(status).toBe('succeeded');
      const { body } = await call<{ events: { event: StreamEvent }[] }>(url(), `/jobs/${id}/events?limit=1000`);
      return body.events.flatMap(({ event }) => (event.type === 'started' ? event.tools : []));
    };
    expect(await toolsOf({ file_path: 'more.json' })).toEqual(expect.arrayContaining(['Bash', 'mcp__greeter__greet']));
    expect(await toolsOf({})).not.toContain('mcp__greeter__greet');
  });

  test('shows its events from any cursor, as pages and live, and ends the stream', async () => {
    const { id } = await submit(url(), { task: 'fix it', repo_url: world.repo });
    const live = await fetch(`${url()}/jobs/${id}/events`, { headers: { accept: 'text/event-stream' } });
    const text = await live.text();
    const seqs = [...text.matchAll(/^id: (\d+)$/gm)].map(([, seq]) => Number(seq));
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    expect(new Set(seqs).size).toBe(seqs.length);
    const types = [...text.matchAll(/^event: (\w+)$/gm)].map(([, type]) => type);
    expect(types).toEqual(
      expect.arrayContaining(['stage', 'started', 'text_delta', 'tool_use', 'tool_result', 'run_ended']),
    );
    expect(types.at(-1)).toBe('ended');
    const middle = seqs.at(-4) ?? 0;
    const resumed = await fetch(`${url()}/jobs/${id}/events`, {
      headers: { accept: 'text/event-stream', 'last-event-id': String(middle) },
    });
    expect([...(await resumed.text()).matchAll(/^id: (\d+)$/gm)].map(([, seq]) => Number(seq))).toEqual(
      seqs.filter((seq) => seq > middle),
    );
    const page = await call<{ events: { seq: number }[]; ended: boolean }>(
      url(),
      `/jobs/${id}/events?cursor=${middle}&limit=1000`,
    );
    expect(page.body.events.map(({ seq }) => seq)).toEqual(seqs.filter((seq) => seq > middle));
    expect(page.body.ended).toBe(true);
  });

  test('is answered when it has ended with wait, and as it is when the wait is over', async () => {
    const done = await call<{ job: JobRecord }>(url(), '/jobs', {
      json: { task: 'fix it', repo_url: world.repo, wait: true },
    });
    expect([done.status, done.body.job.status]).toEqual([200, 'succeeded']);
    expect(done.headers.get('location')).toBe(`/jobs/${done.body.job.id}`);
  });

  test('is counted for Prometheus: the sums agree with the records of all jobs', async () => {
    await run({ task: 'fix it', repo_url: world.repo });
    expect(await run({ task: 'refused by the model' })).toMatchObject({ status: 'failed' });
    const { jobs } = (await call<{ jobs: JobRecord[] }>(url(), '/jobs?limit=100')).body;
    const told = await Scrape.of(url());
    const count = (is: (job: JobRecord) => boolean): number => jobs.filter(is).length;
    const hadAgent = ({ status, error_stage }: JobRecord): boolean =>
      status === 'succeeded' || error_stage === 'running_agent';
    expect(told.sum('agenticore_ended_total', { kind: 'job', status: 'succeeded', code: '' })).toBe(
      count(({ status }) => status === 'succeeded'),
    );
    expect(told.sum('agenticore_ended_total', { kind: 'job', status: 'failed', code: 'agent_auth_failed' })).toBe(
      count(({ error_code }) => error_code === 'agent_auth_failed'),
    );
    const total = (of: (job: JobRecord) => number | null | undefined): number =>
      jobs.reduce((all, job) => all + (of(job) ?? 0), 0);
    expect(told.sum('agenticore_agent_tokens_total', { type: 'output' })).toBe(
      total(({ usage }) => usage?.output_tokens),
    );
    expect(told.sum('agenticore_agent_cost_dollars_total')).toBeCloseTo(
      total(({ cost_usd }) => cost_usd),
      8,
    );
    expect(told.sum('agenticore_job_stage_seconds_count', { stage: 'running_agent' })).toBe(count(hadAgent));
    expect(told.sum('agenticore_seats', { state: 'limit' })).toBeGreaterThan(0);
    expect(told.sum('agenticore_open', { state: 'running' })).toBe(0);
    expect(told.sum('agenticore_http_request_seconds_count', { method: 'GET', route: '/jobs' })).toBeGreaterThan(0);
  });
});
