import type { Client } from '@temporalio/client';
import { seatsQueue } from '../../contract/workflow/names.ts';

/** TASK_QUEUE_TYPE_ACTIVITY of the Temporal API. */
const ACTIVITIES = 2;

/** Silence after which a worker counts as gone (milliseconds): each asks at least once a minute. */
const ALIVE_MS = 75_000;

/** A worker that asks for seats, or did a few minutes ago. */
export interface Poller {
  name: string;
  lastSeen: Date | undefined;
}

/** Whether a host with the data directory `disk` polls for jobs, or did a few minutes ago. */
export async function isServed(client: Client, disk: string): Promise<boolean> {
  return (await pollersOf(client, seatsQueue(disk))).length > 0;
}

/** The workers that run agents; one that was killed is still there for a minute. */
export async function aliveWorkers(client: Client): Promise<Poller[]> {
  const since = Date.now() - ALIVE_MS;
  return (await pollersOf(client, seatsQueue())).filter(({ lastSeen }) => (lastSeen?.getTime() ?? 0) > since);
}

async function pollersOf({ workflow, options }: Client, queue: string): Promise<Poller[]> {
  const { pollers } = await workflow.workflowService.describeTaskQueue({
    namespace: options.namespace,
    taskQueue: { name: queue },
    taskQueueType: ACTIVITIES,
  });
  return (pollers ?? []).map(({ identity, lastAccessTime }) => ({
    name: identity ?? '',
    lastSeen: lastAccessTime?.seconds ? new Date(Number(lastAccessTime.seconds) * 1_000) : undefined,
  }));
}
