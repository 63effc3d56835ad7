import { beforeAll, describe, expect, test } from '@jest/globals';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordSinks } from '../../../workers/record-sinks.ts';
import { HISTORY_PATHS } from '../../support/history-paths.ts';
import { HISTORIES } from '../../support/record-histories.ts';
import { bundle } from '../../support/workflow-world.ts';

type HistoryJson = { events: Record<string, { activityType?: { name: string }; workflowId?: string }>[] };

/** The histories are recorded while the tests run: `AGENTICORE_RECORD_HISTORIES=1 npm test`. */
describe('the workflows', () => {
  let workflowBundle: WorkflowBundleWithSourceMap;
  const read = async (name: string): Promise<HistoryJson> =>
    JSON.parse(await readFile(join(HISTORIES, `${name}.json`), 'utf8')) as HistoryJson;
  // The runs of a session bear its id.
  const idOf = ({ events }: HistoryJson): string | undefined =>
    events[0]?.workflowExecutionStartedEventAttributes?.workflowId;
  const replay = (history: HistoryJson): Promise<void> =>
    Worker.runReplayHistory({ workflowBundle, sinks: recordSinks() }, historyFromJSON(history), idOf(history));

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
    workflowBundle = await bundle();
  });

  test('are bundled without anything of Node or of the activities', () => {
    expect(workflowBundle.code).toContain('withSeat');
    expect(workflowBundle.code).not.toMatch(/require\("node:|simple-git|createActivities/);
  });

  test.each(Object.keys(HISTORY_PATHS))(
    'decide in the same way when the recorded history of %s is replayed',
    async (path) => {
      await expect(replay(await read(path))).resolves.toBeUndefined();
    },
  );

  test('are found out when they decide in another way than a recorded history', async () => {
    const history = await read('job-succeeded');
    for (const event of history.events) {
      const scheduled = event.activityTaskScheduledEventAttributes;
      if (scheduled?.activityType?.name === 'commitWork') scheduled.activityType.name = 'deliver';
    }
    await expect(replay(history)).rejects.toMatchObject({ name: 'DeterminismViolationError' });
  });
});
