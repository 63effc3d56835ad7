import type { Client } from '@temporalio/client';
import { isSeatsQueue, seatsQueue } from '../../contract/workflow/names.ts';
import { toDate } from './visibility.ts';

/** TASK_QUEUE_TYPE_ACTIVITY of the Temporal API. */
const ACTIVITIES = 2;

/** WORKER_STATUS_SHUTDOWN of the Temporal API. */
const SHUT_DOWN = 3;

/** Silence after which a worker counts as gone that tells Temporal every 5 s that it is there (milliseconds). */
const HEARD_MS = 20_000;

/** The same where Temporal does not keep that: each worker asks for work at least once a minute. */
const ASKED_MS = 75_000;

/** A worker that asks for seats, or did a few minutes ago. */
export interface Poller {
  name: string;
  lastSeen: Date | undefined;
  /** Seats that it has given away; absent where Temporal does not keep that. */
  seatsTaken?: number;
}

/** Whether a host with the data directory `disk` polls for jobs, or did a few minutes ago. */
export async function isServed(client: Client, disk: string): Promise<boolean> {
  return (await pollersOf(client, seatsQueue(disk))).length > 0;
}

/** The workers that run agents; one that was killed is still there for 20 s, or for 75 s with an older Temporal. */
export async function aliveWorkers(client: Client): Promise<Poller[]> {
  const heard = await heardWorkers(client);
  if (heard.length > 0) return seenWithin(HEARD_MS, heard);
  return seenWithin(ASKED_MS, await pollersOf(client, seatsQueue()));
}

const seenWithin = (ms: number, workers: readonly Poller[]): Poller[] =>
  workers.filter(({ lastSeen }) => Date.now() - (lastSeen?.getTime() ?? 0) < ms);

/** The workers that take seats and have told Temporal of themselves; none where it does not keep that. */
async function heardWorkers({ workflow, options }: Client): Promise<Poller[]> {
  const request = { namespace: options.namespace, pageSize: 1_000 };
  const reply = await workflow.workflowService.listWorkers(request).catch(() => undefined);
  const hosts = new Map<string, Poller & { seatsTaken: number }>();
  for (const { workerHeartbeat: worker } of reply?.workersInfo ?? []) {
    if (worker == null || Number(worker.status) === SHUT_DOWN || !isSeatsQueue(worker.taskQueue ?? '')) continue;
    const name = worker.workerIdentity ?? '';
    // A host asks for seats on two queues.
    const seatsTaken = (hosts.get(name)?.seatsTaken ?? 0) + (worker.activityTaskSlotsInfo?.currentUsedSlots ?? 0);
    hosts.set(name, { name, lastSeen: toDate(worker.heartbeatTime), seatsTaken });
  }
  return [...hosts.values()];
}

async function pollersOf({ workflow, options }: Client, queue: string): Promise<Poller[]> {
  const { pollers } = await workflow.workflowService.describeTaskQueue({
    namespace: options.namespace,
    taskQueue: { name: queue },
    taskQueueType: ACTIVITIES,
  });
  return (pollers ?? []).map(({ identity, lastAccessTime }) => ({
    name: identity ?? '',
    lastSeen: toDate(lastAccessTime),
  }));
}
