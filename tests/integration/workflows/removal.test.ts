import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { askRemoval } from '../../../api/worktrees/removal.ts';
import { WORKTREE_USED } from '../../../contract/workflow/worktree-state.ts';
import { failure, type PlayedHost } from '../../support/played-host.ts';
import { until } from '../../support/until.ts';
import { createWorkflowWorld, shownWorktree, type WorkflowWorld } from '../../support/workflow-world.ts';

describe('the removal of a worktree', () => {
  let world: WorkflowWorld;

  beforeAll(async () => {
    world = await createWorkflowWorld();
  });
  afterEach(() => world.clear());
  afterAll(() => world.end());

  async function ready(): Promise<WorkflowHandleWithFirstExecutionRunId> {
    const worktree = await world.worktree();
    await until(async () => (await shownWorktree(worktree))?.status === 'ready');
    return worktree;
  }
  const drops = ({ names }: PlayedHost): number => names().filter((name) => name === 'dropWorktree').length;

  test('that no worker has heard of is withdrawn: a worker that comes back does not carry it out', async () => {
    const host = await world.host();
    const decider = await world.decide();
    const worktree = await ready();
    await decider.stop();
    await expect(askRemoval(world.client, worktree.workflowId, true)).rejects.toMatchObject({
      type: 'worktree_unavailable',
    });
    await world.decide();
    await worktree.signal(WORKTREE_USED, { pushed: true, size_bytes: 2 });
    await until(async () => (await shownWorktree(worktree))?.size_bytes === 2);
    expect(await shownWorktree(worktree)).toMatchObject({ status: 'ready' });
    expect(drops(host)).toBe(0);
    await askRemoval(world.client, worktree.workflowId, true);
    expect(drops(host)).toBe(1);
  });

  test('that is refused leaves the worktree, with the reason, and can be asked for again', async () => {
    let busy = true;
    await world.host({
      dropWorktree: () => {
        if (busy) throw failure('worktree_busy');
      },
    });
    await world.decide();
    const worktree = await ready();
    const remove = (): Promise<void> => askRemoval(world.client, worktree.workflowId, false);
    await expect(remove()).rejects.toMatchObject({ type: 'worktree_busy' });
    expect(await shownWorktree(worktree)).toMatchObject({ status: 'ready', error: { code: 'worktree_busy' } });
    busy = false;
    await remove();
    await worktree.result();
    expect(await shownWorktree(worktree)).toMatchObject({ status: 'removed' });
  });

  test('is carried out also by the run that goes on where the history had become long', async () => {
    const host = await world.host();
    await world.decide();
    const { workflowId, firstExecutionRunId } = await ready();
    const worktree = world.client.workflow.getHandle(workflowId);
    // The server of the tests suggests another run after 500 events.
    for (let count = 0; count < 600; count += 100)
      await Promise.all(
        Array.from({ length: 100 }, () => worktree.signal(WORKTREE_USED, { pushed: true, size_bytes: count })),
      );
    await until(async () => (await worktree.describe()).runId !== firstExecutionRunId);
    await askRemoval(world.client, workflowId, false);
    expect(drops(host)).toBe(1);
  });

  test('that comes twice at once is carried out once', async () => {
    const host = await world.host();
    await world.decide();
    const { workflowId } = await ready();
    await Promise.all([askRemoval(world.client, workflowId, true), askRemoval(world.client, workflowId, true)]);
    expect(drops(host)).toBe(1);
  });
});
