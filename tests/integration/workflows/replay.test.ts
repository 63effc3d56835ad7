import { beforeAll, describe, expect, test } from '@jest/globals';
import { bundleWorkflowCode, DefaultLogger, Runtime, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { join } from 'node:path';
import { packageRoot } from '../../../config/index.ts';

describe('the job workflow', () => {
  let workflowBundle: WorkflowBundleWithSourceMap;
  const logger = new DefaultLogger('ERROR');

  beforeAll(async () => {
    Runtime.install({ logger, shutdownSignals: [] });
    workflowBundle = await bundleWorkflowCode({ workflowsPath: join(packageRoot, 'workflows', 'index.ts'), logger });
  });

  test('is bundled without anything of Node or of the activities', () => {
    expect(workflowBundle.code).toContain('withSeat');
    expect(workflowBundle.code).not.toMatch(/require\("node:|simple-git|createActivities/);
  });
});
