import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Retry, RetryFrom } from '../../../contract/workflow/job-spec.ts';
import { answerOf, delivered, failure, prepared, type PlayedHost } from '../../support/played-host.ts';
import { until } from '../../support/until.ts';
import { createWorkflowWorld, shown, shownWorktree, type WorkflowWorld } from '../../support/workflow-world.ts';

const never = new Promise<never>(() => undefined);
const sha = 'c'.repeat(40);
const base = { ref: 'main', sha: 'a'.repeat(40) };

const retryFrom = (from: RetryFrom): Retry => ({
  of: 'job-before',
  job_id: 'job-before',
  first_job_id: 'first-job',
  from,
  worktree: true,
  disk: 'disk-1',
  recorded: [sha],
  base,
  ...(from === 'delivery' && { sha, output: 'Said before.' }),
});

/** All payloads of a history, as text. */
const textsIn = (value: unknown): string[] => {
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('utf8')];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
};

describe('a job', () => {
  let world: WorkflowWorld;

  beforeAll(async () => {
    world = await createWorkflowWorld();
  });
  afterEach(() => world.clear());
  afterAll(() => world.end());

  const stepOf = (host: PlayedHost, wanted: string): object | undefined =>
    host.calls.find(({ name }) => name === wanted)?.step;

  test('that a retry begins with the delivery delivers the commit of the job before, without an agent', async () => {
    const host = await world.host({ prepareWork: ({ attempt }) => prepared(attempt, {}, true) });
    await world.decide();
    const job = await world.job({ retry: retryFrom('delivery') });
    await expect(job.result()).resolves.toMatchObject({ output: 'Said before.' });
    expect(host.names()).not.toEqual(expect.arrayContaining(['runAgent']));
    expect(host.names()).not.toEqual(expect.arrayContaining(['commitWork']));
    expect(stepOf(host, 'prepareWork')).toMatchObject({ adopt: 'job-before' });
    expect(stepOf(host, 'deliver')).toMatchObject({ sha, recorded: [sha] });
    expect(stepOf(host, 'openPullRequest')).toMatchObject({ summary: 'Said before.' });
  });

  test('whose commit a job before has pushed is only recorded, and gets its pull request', async () => {
    const host = await world.host({
      updateMirror: () => ({ base, branch: 'agenticore-first', tip: sha, holds: sha, pull_request_base: 'main' }),
    });
    await world.decide();
    const job = await world.job({ retry: retryFrom('delivery') });
    await job.result();
    expect(host.names()).not.toContain('runAgent');
    expect(await shown(job)).toMatchObject({ branch: 'agenticore-first', pr_url: 'https://forge.test/pulls/1' });
  });

  test.each<[RetryFrom, object]>([
    ['session', { go_on: true }],
    ['start', { go_on: false }],
  ])('that is tried again from its %s runs its agent accordingly', async (from, step) => {
    const host = await world.host({ prepareWork: ({ attempt }) => prepared(attempt, {}, from === 'session') });
    await world.decide();
    await (await world.job({ retry: retryFrom(from) })).result();
    expect(stepOf(host, 'runAgent')).toMatchObject(step);
    expect(stepOf(host, 'updateMirror')).toMatchObject({ branch_of: 'first-job', recorded: [sha] });
    expect(stepOf(host, 'prepareWork')).toMatchObject(from === 'start' ? {} : { adopt: 'job-before' });
  });

  test('pushes to the branch of the longer name where the short one has been taken', async () => {
    const host = await world.host({
      deliver: ({ branch }) => {
        if (branch.length < 30) throw failure('branch_conflict');
        return delivered;
      },
    });
    await world.decide();
    const job = await world.job();
    await job.result();
    expect(stepOf(host, 'openPullRequest')).toMatchObject({ branch: `agenticore-${job.workflowId}` });
  });

  test('whose profile is wrong for good fails while it is prepared, and its worktree is known', async () => {
    const refused = { code: 'invalid_profile', message: 'It has a field that is none.' } as const;
    const host = await world.host({
      prepareWork: () => ({ worktree: { path: '/worktrees/1', reused: false }, refused }),
    });
    await world.decide();
    const job = await world.job({ retry: retryFrom('delivery') });
    await expect(job.result()).rejects.toMatchObject({ cause: { type: 'invalid_profile' } });
    expect(await shown(job)).toMatchObject({
      ...{ stage: 'materializing_profile', worktree_path: '/worktrees/1' },
      error: { code: 'invalid_profile' },
    });
    expect(host.calls.at(-1)).toMatchObject({ name: 'removeWorktree', step: { keep: true } });
  });

  test('on no known forge asks for no pull request, and says so', async () => {
    const warnings = ['No pull request was opened.'];
    const host = await world.host({ deliver: () => ({ ...delivered, no_forge: true, warnings }) });
    await world.decide();
    const job = await world.job();
    await job.result();
    expect(host.names()).toEqual([
      ...['updateMirror', 'prepareWork', 'runAgent', 'commitWork', 'deliver', 'removeWorktree'],
    ]);
    expect(await shown(job)).toMatchObject({ stage: 'shipping_transcript', pr_url: null, warnings });
    expect(stepOf(host, 'deliver')).toMatchObject({ pull_request: true });
    expect((await job.fetchHistory()).events?.length).toBeLessThanOrEqual(60);
  });

  test('with the profile auto has the one that the model chose, is asked for it once, and is found by its agent', async () => {
    let hosts = 0;
    const host = await world.host({
      runAgent: (_step, seat) => {
        if (++hosts > 1) return answerOf(seat);
        seat.lose();
        return never;
      },
      routeProfile: () => ({ profile: 'review', reason: 'it reads', agent: 'codex' }),
    });
    await world.decide();
    const job = await world.job({ profile: 'auto', fallback_profile: 'code' }, { input: { indexed: true } });
    await job.result();
    const { searchAttributes } = await job.describe();
    expect(searchAttributes).toMatchObject({ AgenticoreProfile: ['review'], AgenticoreAgent: ['codex'] });
    expect(host.names().filter((name) => name === 'routeProfile')).toHaveLength(1);
    const profiles = host.calls.filter(({ name }) => name === 'prepareWork').map(({ step }) => step);
    expect(profiles).toMatchObject([{ request: { profile: 'review' } }, { request: { profile: 'review' } }]);
  });

  test('in a prepared worktree leaves it, and tells it what became of its branch', async () => {
    const host = await world.host();
    await world.decide();
    const worktree = await world.worktree();
    await until(async () => (await shownWorktree(worktree))?.status === 'ready');
    const place = { worktree_id: worktree.workflowId, disk: 'disk-1', branch: 'agenticore-1', base };
    await (await world.job({ worktree: place })).result();
    await until(async () => (await shownWorktree(worktree))?.pushed === true);
    expect(stepOf(host, 'deliver')).toMatchObject({ fast_forward: true, worktree_id: worktree.workflowId });
  });

  test('without a repository delivers nothing', async () => {
    const host = await world.host();
    await world.decide();
    await (await world.job({ repo_url: undefined })).result();
    const steps = ['prepareWork', 'runAgent', 'removeWorktree'];
    expect(host.names()).toEqual(steps);
  });

  test('that makes a plan has an agent that only reads', async () => {
    const host = await world.host();
    await world.decide();
    await (await world.job({}, { type: 'plan' })).result();
    expect(stepOf(host, 'prepareWork')).toMatchObject({ plan: true });
    expect(stepOf(host, 'runAgent')).toMatchObject({ plan: true });
  });

  test('that is cancelled leaves its host clean', async () => {
    const host = await world.host({ runAgent: () => never });
    await world.decide();
    const job = await world.job();
    await until(() => host.names().includes('runAgent'));
    await job.cancel();
    await expect(job.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(host.calls.at(-1)).toMatchObject({ name: 'removeWorktree', step: { status: 'cancelled', keep: false } });
  });

  test('has its task in its history twice, in its input and for its agent, and its first words as the subject of a commit', async () => {
    await world.host();
    await world.decide();
    const job = await world.job({ task: 'a task that is told apart from all else' });
    await job.result();
    const history = textsIn(await job.fetchHistory());
    expect(history.join().split('told apart').length - 1).toBe(3);
  });
});
