import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { join } from 'node:path';
import { packageRoot } from '../../../config/index.ts';
import { REMOVE_WORKTREE } from '../../../contract/workflow/worktree-state.ts';
import { failure } from '../../support/played-host.ts';
import { until } from '../../support/until.ts';
import {
  bundle,
  createWorkflowWorld,
  decisionFailed,
  shown,
  shownWorktree,
  type WorkflowWorld,
} from '../../support/workflow-world.ts';

describe('a bug in workflow code', () => {
  let world: WorkflowWorld;
  let broken: WorkflowBundleWithSourceMap;

  beforeAll(async () => {
    [world, broken] = await Promise.all([
      createWorkflowWorld(),
      bundle(join(packageRoot, 'tests', 'fixtures', 'workflow-bug.ts')),
    ]);
  });
  afterEach(() => world.clear());
  afterAll(() => world.end());

  const BEFORE = ['updateMirror', 'prepareWork'];

  test("leaves a job as it is after the agent's step, and mended code finishes it without another run of the agent", async () => {
    const host = await world.host();
    const decider = await world.decide(broken);
    const job = await world.job({}, { memo: { bug_after: 'runAgent' } });
    await decisionFailed(job);
    expect(host.names()).toEqual([...BEFORE, 'runAgent']);
    expect(await job.describe()).toMatchObject({ status: { name: 'RUNNING' } });
    await decider.stop();
    await world.decide();
    await expect(job.result()).resolves.toMatchObject({ output: 'All done.' });
    const rest = ['commitWork', 'deliver', 'openPullRequest', 'removeWorktree'];
    expect(host.names()).toEqual([...BEFORE, 'runAgent', ...rest]);
    expect(host.seats).toHaveLength(1);
    expect(await shown(job)).toMatchObject({ attempt: 1, cost_usd: 1 });
  });

  test('leaves the host as it is also where the job was about to clean up after a failure', async () => {
    const host = await world.host({
      runAgent: () => {
        throw failure('agent_failed');
      },
    });
    const decider = await world.decide(broken);
    const job = await world.job({}, { memo: { bug_after: 'commitWork' } });
    await decisionFailed(job);
    expect(host.names()).toEqual([...BEFORE, 'runAgent', 'commitWork']);
    await decider.stop();
    await world.decide();
    await expect(job.result()).rejects.toMatchObject({ cause: { type: 'agent_failed' } });
    expect(host.names().at(-1)).toBe('removeWorktree');
  });

  test('does not let a job go that was cancelled', async () => {
    const host = await world.host({ runAgent: () => new Promise(() => undefined) });
    const decider = await world.decide(broken);
    const job = await world.job({}, { memo: { bug_after: 'runAgent' } });
    await until(() => host.names().includes('runAgent'));
    await job.cancel();
    await decisionFailed(job);
    expect(host.names()).toEqual([...BEFORE, 'runAgent']);
    await decider.stop();
    await world.decide();
    await expect(job.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(host.names().at(-1)).toBe('removeWorktree');
  });

  test('leaves a worktree as it is, while it is made and while it is removed', async () => {
    const host = await world.host();
    const first = await world.decide(broken);
    const made = await world.worktree({ bug_after: 'prepareWorktree' });
    const removed = await world.worktree({ bug_after: 'dropWorktree' });
    await until(async () => (await shownWorktree(removed))?.status === 'ready');
    const removal = removed.executeUpdate(REMOVE_WORKTREE, { args: [{ force: false }] });
    await Promise.all([decisionFailed(made), decisionFailed(removed)]);
    expect(host.names().sort()).toEqual(['dropWorktree', 'leaveWorktree', 'prepareWorktree', 'prepareWorktree']);
    await first.stop();
    await world.decide();
    await expect(removal).resolves.toEqual({ removed: true });
    await until(() => host.names().filter((name) => name === 'leaveWorktree').length === 2);
    expect(host.names().filter((name) => name === 'dropWorktree')).toHaveLength(1);
  });
});
