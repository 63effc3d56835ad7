import { beforeAll, describe, expect, test } from '@jest/globals';
import { DefaultLogger, Runtime, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { bundleWorkflows } from '../../../workers/bundle-workflows.ts';

describe('the job workflow', () => {
  let workflowBundle: WorkflowBundleWithSourceMap;

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
    workflowBundle = await bundleWorkflows();
  });

  test('is bundled without anything of Node or of the activities', () => {
    expect(workflowBundle.code).toContain('withSeat');
    expect(workflowBundle.code).not.toMatch(/require\("node:|simple-git|createActivities/);
  });
});
