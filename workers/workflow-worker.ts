import { Worker } from '@temporalio/worker';
import { workflowBundle } from './bundle-workflows.ts';
import { workflowOptions, type WorkerBase } from './worker-options.ts';
import { runAll, type RunningWorkers } from './running-workers.ts';

/**
 * Starts the worker that decides for jobs, plans and worktrees. It needs no disk and keeps no state. Resolves when it
 * polls.
 */
export async function startWorkflowWorker(base: WorkerBase): Promise<RunningWorkers> {
  return runAll([await Worker.create({ ...workflowOptions(base), workflowBundle: await workflowBundle() })]);
}
