import { Client } from '@temporalio/client';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DiskRoom } from '../processes/disk-room.ts';
import { createActivities } from '../activities/index.ts';
import { Seats } from '../activities/seats.ts';
import { packageRoot, type Config } from '../config/index.ts';
import type { Logger } from '../contract/shared/logger.ts';
import { filesQueue, seatsQueue, WORKFLOW_QUEUE } from '../contract/workflow/names.ts';
import type { EventLog } from '../events/event-log.ts';
import { claude } from '../runners/claude/claude.ts';
import { connectClient } from '../temporal-config/connect.ts';
import { connectWorker } from '../temporal-config/connect-worker.ts';
import type { Target } from '../temporal-config/target.ts';
import { jobPages } from './job-pages.ts';
import { hostSettings } from './host-settings.ts';
import { SeatSlots } from './seat-slots.ts';
import { keepHouse } from '../housekeeping/housekeeping.ts';

/** Steps that may run at once on a host beside its agents: mirrors, pushes, clean-ups. */
const STEPS_AT_ONCE = 200;

/** Prepared worktrees that are removed at once. */
const REMOVALS_AT_ONCE = 32;

/** A heartbeat is sent within a second, so that a cancellation comes back within one. */
const heartbeats = { maxHeartbeatThrottleInterval: '1s', defaultHeartbeatThrottleInterval: '1s' } as const;

/** How long a job's next decision waits for the process that made its last one: that process may be dead. */
const sticky = { stickyQueueScheduleToStartTimeout: '1s' } as const;

/** Few polls for decisions: each poll of a host that is cut off can swallow one until the server gives it up. */
const fewPolls = { workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 } } as const;

export interface Host {
  /** Task queue of this process. */
  name: string;
  /** Resolves when all workers have stopped; rejects when one broke. */
  done: Promise<void>;
  /** Takes no more jobs, gives those that run `graceMs`, then lets another host take them over; resolves when stopped. */
  drain(graceMs: number): Promise<void>;
}

interface HostOptions {
  config: Config;
  target: Target;
  events: EventLog;
  log: Logger;
}

/**
 * Makes this process a host: workers for the workflows, for seats (anybody's and its disk's) and for the steps of the jobs
 * it holds. Resolves when they poll.
 */
export async function startHost({ config, target, events, log }: HostOptions): Promise<Host> {
  const name = `${hostname()}-${randomBytes(4).toString('hex')}`;
  const [connection, own] = await Promise.all([connectWorker(target), connectClient(target)]);
  const client = new Client({ connection: own, namespace: target.namespace });
  const settings = await hostSettings(config, name);
  const seats = new Seats(config.maxParallelJobs);
  const directories = [config.dataDir, config.worktreeRoot, config.reposRoot];
  const room = new DiskRoom({ directories, minFreeMb: config.minFreeDiskMb, log });
  const jobUrl = jobPages(config, target);
  const activities = createActivities({ settings, seats, room, client, events, runner: claude, jobUrl, log });
  const house = keepHouse({ config, client, log });

  const common = { connection, namespace: target.namespace, identity: name };
  const { holdSeat, dropWorktree, ...steps } = activities;
  const slots = new SeatSlots(config.maxParallelJobs, room);
  const seatWorkers = await Promise.all(
    [seatsQueue(), seatsQueue(settings.disk)].map((taskQueue) =>
      seatWorker({ ...common, taskQueue, activities: { holdSeat } }, slots),
    ),
  );
  const stepWorkers = await Promise.all([
    Worker.create({ ...common, ...sticky, ...fewPolls, taskQueue: WORKFLOW_QUEUE, ...workflowCode() }),
    Worker.create({
      ...common,
      ...heartbeats,
      taskQueue: name,
      activities: steps,
      maxConcurrentActivityTaskExecutions: STEPS_AT_ONCE,
    }),
    Worker.create({
      ...common,
      taskQueue: filesQueue(settings.disk),
      activities: { dropWorktree },
      maxConcurrentActivityTaskExecutions: REMOVALS_AT_ONCE,
    }),
  ]);
  return run({ name, seats, seatWorkers, stepWorkers }, () => {
    house.stop();
    return Promise.all([own.close(), connection.close()]);
  });
}

/** One poller, so that the queue's order is the order of the seats; running seats end by themselves when drained. */
const seatWorker = (options: WorkerOptions, slots: SeatSlots): Promise<Worker> =>
  Worker.create({
    ...options,
    ...heartbeats,
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 },
    shutdownGraceTime: '30 days',
    tuner: { ...FIXED, activityTaskSlotSupplier: slots },
  });

const unused = { type: 'fixed-size', numSlots: 1 } as const;
const FIXED = {
  workflowTaskSlotSupplier: unused,
  localActivityTaskSlotSupplier: unused,
  nexusTaskSlotSupplier: unused,
};

/** The workflows as the build bundled them, or from their sources where nothing was built. */
function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const codePath = join(packageRoot, 'dist', 'workflows', 'bundle.js');
  const built = import.meta.dirname.startsWith(join(packageRoot, 'dist'));
  return built ? { workflowBundle: { codePath } } : { workflowsPath: join(packageRoot, 'workflows', 'index.ts') };
}

interface Parts {
  name: string;
  seats: Seats;
  seatWorkers: Worker[];
  stepWorkers: Worker[];
}

function run({ name, seats, seatWorkers, stepWorkers }: Parts, close: () => Promise<unknown>): Host {
  const taking = Promise.all(seatWorkers.map((worker) => worker.run()));
  const stepping = Promise.all(stepWorkers.map((worker) => worker.run()));
  const done = Promise.all([taking, stepping])
    .then(close)
    .then(() => undefined);
  const drain = async (graceMs: number): Promise<void> => {
    for (const worker of seatWorkers) stopPolling(worker);
    const evict = setTimeout(() => seats.evict(), graceMs);
    await taking.catch(() => undefined);
    clearTimeout(evict);
    for (const worker of stepWorkers) stopPolling(worker);
    await done.catch(() => undefined);
  };
  return { name, done, drain };
}

function stopPolling(worker: Worker): void {
  if (worker.getState() === 'RUNNING') worker.shutdown();
}
