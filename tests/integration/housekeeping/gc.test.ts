import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { askTemporal } from '../../../housekeeping/workflow-state.ts';
import { startApiWorld, type Api } from '../../support/api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApiWorld();
});
afterAll(() => api.close());

/** A workflow of that type, which is ended by force unless it stays open. */
async function workflowOf(type: 'job' | 'worktree', open = false): Promise<string> {
  const workflowId = randomUUID();
  const handle = await api.client.workflow.start(type, { workflowId, taskQueue: 'nobody' });
  if (!open) await handle.terminate();
  return workflowId;
}

test('what a job that was ended by force left may go at once, what a prepared worktree did is kept for a while', async () => {
  const ask = askTemporal(api.client);
  const stateOf = async (id: string): Promise<string> => (await ask(id)).state;
  expect(await stateOf(await workflowOf('job'))).toBe('ended');
  expect(await stateOf(await workflowOf('worktree'))).toBe('failed');
  expect(await stateOf(await workflowOf('worktree', true))).toBe('open');
  expect(await stateOf(randomUUID())).toBe('unknown');
});

test.each([
  ['from the delivery', 'delivery', 'failed'],
  ['from the start', 'start', 'ended'],
])(
  'what a retry %s that was ended by force left is kept as that of a failed job, if it took it over',
  async (_from, retry_from, state) => {
    const workflowId = randomUUID();
    const memo = { request: { retry_from } };
    await (await api.client.workflow.start('job', { workflowId, taskQueue: 'nobody', memo })).terminate();
    expect(await askTemporal(api.client)(workflowId)).toMatchObject({ state });
  },
);
