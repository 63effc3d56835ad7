import { beforeAll, describe, expect, test } from '@jest/globals';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../config/index.ts';

/** Histories that a real server recorded, of jobs as they ran before. */
const RECORDED = ['succeeded', 'cancelled', 'host-lost', 'host-stopped'];

type HistoryJson = { events: Record<string, { activityType?: { name: string } }>[] };

describe('the job workflow', () => {
  let workflowBundle: WorkflowBundleWithSourceMap;
  const logger = new DefaultLogger('ERROR');
  const read = async (name: string): Promise<HistoryJson> =>
    JSON.parse(await readFile(join(packageRoot, 'tests', 'replay', `${name}.json`), 'utf8')) as HistoryJson;
  const replay = (history: HistoryJson): Promise<void> =>
    Worker.runReplayHistory({ workflowBundle }, historyFromJSON(history));

  beforeAll(async () => {
    Runtime.install({ logger, shutdownSignals: [] });
    workflowBundle = await bundleWorkflowCode({ workflowsPath: join(packageRoot, 'workflows', 'index.ts'), logger });
  });

  test('is bundled without anything of Node or of the activities', () => {
    expect(workflowBundle.code).toContain('withSeat');
    expect(workflowBundle.code).not.toMatch(/require\("node:|simple-git|createActivities/);
  });

  test.each(RECORDED)('decides in the same way when the history of a job that %s is replayed', async (name) => {
    await expect(replay(await read(name))).resolves.toBeUndefined();
  });

  test('is found out when it decides in another way than a recorded history', async () => {
    const history = await read('succeeded');
    for (const event of history.events) {
      const scheduled = event.activityTaskScheduledEventAttributes;
      if (scheduled?.activityType?.name === 'commitWork') scheduled.activityType.name = 'deliver';
    }
    await expect(replay(history)).rejects.toMatchObject({ name: 'DeterminismViolationError' });
  });
});
