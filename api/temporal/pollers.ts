import type { Client } from '@temporalio/client';
import { seatsQueue } from '../../contract/workflow/names.ts';

/** TASK_QUEUE_TYPE_ACTIVITY of the Temporal API. */
const ACTIVITIES = 2;

/** Whether a host with the data directory `disk` polls for jobs, or did a few minutes ago. */
export async function isServed({ workflow, options }: Client, disk: string): Promise<boolean> {
  const { pollers } = await workflow.workflowService.describeTaskQueue({
    namespace: options.namespace,
    taskQueue: { name: seatsQueue(disk) },
    taskQueueType: ACTIVITIES,
  });
  return (pollers ?? []).length > 0;
}
