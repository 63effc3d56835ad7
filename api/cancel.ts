import type { WorkflowHandle } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long workers have to take a cancellation before the API ends the job itself (milliseconds). */
const PATIENCE_MS = 5_000;

/** PENDING_WORKFLOW_TASK_STATE_SCHEDULED of the Temporal API: no worker has begun the task. */
const SCHEDULED = 1;

/**
 * Ends a job whose cancellation no worker has taken within 5 s. Temporal records a request to cancel at once, but only
 * a worker can act on it; without one the job would go on for as long as none comes.
 */
export async function endIfUnheard(handle: WorkflowHandle): Promise<void> {
  await sleep(PATIENCE_MS, undefined, { ref: false });
  const { status, raw } = await handle.describe();
  if (status.name !== 'RUNNING' || raw.pendingWorkflowTask?.state !== SCHEDULED) return;
  await handle.terminate('cancelled by request while no worker was running');
}
