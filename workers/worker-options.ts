import {
  DefaultLogger,
  MetricsBuffer,
  NativeConnection,
  Runtime,
  type ActivityInterceptorsFactory,
  type WorkerInterceptors,
  type WorkerOptions,
} from '@temporalio/worker';
import type { Logger } from '../contract/shared/logger.ts';
import { filesQueue, seatsQueue, WORKFLOW_QUEUE } from '../contract/workflow/names.ts';
import { connectWithRetry } from '../temporal-config/connect.ts';
import type { Target } from '../temporal-config/target.ts';
import { subjectOf } from './logger.ts';
import type { SeatSlots } from './seat-slots.ts';

/** What all workers of one process have in common. */
export interface WorkerBase {
  connection: NativeConnection;
  namespace: string;
  /** Name of the process: random, never reused. */
  identity: string;
  interceptors: WorkerInterceptors;
}

/** Steps that may run at once on a host beside its agents: mirrors, pushes, clean-ups. */
const MAX_STEPS = 200;

/** Prepared worktrees that are removed at once. */
const MAX_REMOVALS = 32;

/** A heartbeat is sent within a second, so that a cancellation comes back within one. */
const PROMPT_HEARTBEATS = { maxHeartbeatThrottleInterval: '1s', defaultHeartbeatThrottleInterval: '1s' } as const;

const ONE_SLOT = { type: 'fixed-size', numSlots: 1 } as const;

/**
 * Bytes of a memo above which the SDK warns. A session's memo is its record, with messages and approvals that wait; the
 * server takes 2 MiB.
 */
const payloadLimits = { memoWarnSize: 256 * 1024 };

/** Connection of the workers of a process; tries and throws like connectClient. */
export const connectWorkers = (target: Target, retryMs?: number): Promise<NativeConnection> =>
  connectWithRetry(
    target,
    () => NativeConnection.connect({ ...target.options, address: target.address, payloadLimits }),
    retryMs,
  );

/** The base of the workers of a process, over one connection. */
export const workerBase = (
  connection: NativeConnection,
  { namespace }: Target,
  identity: string,
  activity: ActivityInterceptorsFactory[] = [],
): WorkerBase => ({
  connection,
  namespace,
  identity,
  interceptors: { activity },
});

/**
 * The worker that decides for jobs, plans and worktrees. The next decision of a workflow waits a second at most for the
 * process that made its last one, which may be dead. Few polls: each poll of a process that is cut off can swallow a
 * task until it times out on the server.
 */
export const workflowOptions = (base: WorkerBase): WorkerOptions => ({
  ...base,
  taskQueue: WORKFLOW_QUEUE,
  stickyQueueScheduleToStartTimeout: '1s',
  workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
});

/**
 * The worker that takes jobs: from the queue of all hosts, or from that of the data directory `disk`. With one poller
 * the order of the queue is the order of the seats. A shutdown interrupts no seat that is held; the host ends its seats
 * itself.
 */
export const seatOptions = (base: WorkerBase, slots: SeatSlots, disk?: string): WorkerOptions => ({
  ...base,
  ...PROMPT_HEARTBEATS,
  taskQueue: seatsQueue(disk),
  activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 },
  shutdownGraceTime: '30 days',
  tuner: {
    activityTaskSlotSupplier: slots,
    workflowTaskSlotSupplier: ONE_SLOT,
    localActivityTaskSlotSupplier: ONE_SLOT,
    nexusTaskSlotSupplier: ONE_SLOT,
  },
});

/** The worker for the steps of the jobs that this host holds, on a queue of its own. */
export const stepOptions = (base: WorkerBase): WorkerOptions => ({
  ...base,
  ...PROMPT_HEARTBEATS,
  taskQueue: base.identity,
  maxConcurrentActivityTaskExecutions: MAX_STEPS,
});

/** The worker for what needs the files of the data directory `disk` and no seat. */
export const fileOptions = (base: WorkerBase, disk: string): WorkerOptions => ({
  ...base,
  taskQueue: filesQueue(disk),
  maxConcurrentActivityTaskExecutions: MAX_REMOVALS,
});

/**
 * SDK messages that tell nothing: workers that poll for one kind of task only, and failures that stand in the job's
 * record.
 */
const EXPECTED = /^(Activity failed|Workflow failed|No (workflows|activities) registered)/;

/** How often a process tells Temporal that it is there. */
const ALIVE_EVERY = '5s';

/** Room for what the SDK counts until it is read: what does not fit is lost. */
const counted = new MetricsBuffer({ maxBufferSize: 100_000, useSecondsForDurations: true });
let installed = false;

/**
 * Sends the SDK's log to ours and leaves signals to us; once per process, before the first worker. Answers what it
 * counts from now on; somebody must read it, again and again.
 */
export function installRuntime(log: Logger): MetricsBuffer {
  if (installed) return counted;
  installed = true;
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    if (EXPECTED.test(message)) return;
    const { workflowType, workflowId } = (meta ?? {}) as { workflowType?: string; workflowId?: string };
    const subject = workflowId === undefined ? {} : subjectOf(workflowType, workflowId);
    log[level === 'ERROR' ? 'error' : 'warn']({ ...meta, ...subject, sdk: true }, message);
  });
  const telemetryOptions = { metrics: { buffer: counted, attachServiceName: false } };
  Runtime.install({ logger, telemetryOptions, shutdownSignals: [], workerHeartbeatInterval: ALIVE_EVERY });
  return counted;
}
