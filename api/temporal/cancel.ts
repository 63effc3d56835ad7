import { WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long workers have to take a cancellation before the API ends the job itself (milliseconds). */
const PATIENCE_MS = 5_000;

const LOOK_EVERY_MS = 1_000;

/** PENDING_WORKFLOW_TASK_STATE_SCHEDULED of the Temporal API: no worker has begun the task. */
const SCHEDULED = 1;

/**
 * Ends a job whose cancellation, requested just now, no worker takes within 5 s. Temporal records such a request at
 * once, but only a worker can act on it; without one the job would go on for as long as none comes. Resolves when a
 * worker has the request or the job has ended.
 */
export async function endIfUnheard(handle: WorkflowHandle): Promise<void> {
  let waitingSince = performance.now();
  for (;;) {
    const { status, raw } = await handle.describe();
    if (status.name !== 'RUNNING' || !raw.pendingWorkflowTask) return;
    const now = performance.now();
    if (Number(raw.pendingWorkflowTask.state) !== SCHEDULED) waitingSince = now;
    if (now - waitingSince >= PATIENCE_MS) return end(handle);
    await sleep(LOOK_EVERY_MS, undefined, { ref: false });
  }
}

async function end(handle: WorkflowHandle): Promise<void> {
  await handle.terminate('cancelled by request while no worker was running').catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
}
