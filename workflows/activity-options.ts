/**
 * Every timeout and retry of every activity, and every limit that ends a workflow. A failure that is `permanent` in
 * contract/shared/failures.ts is never retried, whatever is said here; one that carries a wait is retried after that
 * wait.
 */
import { ActivityCancellationType } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { FailureType } from '../contract/shared/failures.ts';
import { DEFAULT_PRIORITY, filesQueue, seatsQueue } from '../contract/workflow/names.ts';
import type { SeatTaken } from '../contract/workflow/seat.ts';
import { stepsWith } from './step-summaries.ts';

/** Hosts that may die under one job before it is given up as the cause of their deaths. */
export const MAX_HOSTS_LOST = 5;

/** The HOST_PROTOCOL that this code needs of a host. */
export const NEEDED_PROTOCOL = 1;

/** Times that hosts of an older version may take a job before it fails: for about 15 min of an upgrade. */
export const MAX_HOSTS_OUTDATED = 35;

/** Wait before the next request after so many of them (milliseconds): 1 s, 2 s, 4 s, … 30 s. */
export const outdatedHostPauseMs = (times: number): number => Math.min(1_000 * 2 ** times, 30_000);

/**
 * Wait for the model's limit where the provider does not say when it ends (milliseconds): the CLI has tried for
 * minutes.
 */
export const UNKNOWN_LIMIT_MS = 300_000;

/** Times that one job may wait for the model's limit. */
export const MAX_PAUSES = 100;

/** Shortest wait of a job that has waited so often before (milliseconds): 1 s, 2 s, 4 s, … 5 min. */
export const leastPauseMs = (pauses: number): number => Math.min(1_000 * 2 ** pauses, UNKNOWN_LIMIT_MS);

/** Seconds for which a job that waited asks for a host with its files; then it begins anew wherever there is room. */
export const SAME_DISK_S = 900;

/** Seconds given to the agent beyond its own timeout to be stopped and to report. */
const AGENT_MARGIN_S = 120;

/** Time given to a command of the profile beyond its own to be stopped and to report (milliseconds). */
const COMMAND_MARGIN_MS = 60_000;

/** Seconds for which about ten attempts last. */
const LEAST_PATIENCE_S = 300;

const backoff = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' } as const;

interface SeatOptions {
  seat_timeout_s: number;
  ttl_s: number;
  owner: string;
  /** Whether the job held a seat before. */
  again: boolean;
  /** 1 to 5. */
  priority: number | undefined;
  /** Data directory on which the job must run. */
  disk: string | undefined;
}

/**
 * Requests a seat: the activity that runs for as long as a host holds the job. Waiting in Temporal's queue is its
 * scheduleToStart; a host that falls silent is lost after `seat_timeout_s`.
 */
export const seatHolder = (options: SeatOptions): Pick<Activities, 'holdSeat'> =>
  stepsWith({
    taskQueue: seatsQueue(options.disk),
    scheduleToStartTimeout: options.ttl_s * 1_000,
    startToCloseTimeout: '30 days',
    heartbeatTimeout: options.seat_timeout_s * 1_000,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    priority: { priorityKey: priorityKey(options), fairnessKey: options.owner },
    // Only `host_full` and `disk_low` are worth another try here; a lost host is the workflow's to replace.
    retry: {
      ...backoff,
      maximumInterval: '5s',
      nonRetryableErrorTypes: ['TemporalTimeout:Heartbeat', 'TemporalTimeout:StartToClose'],
    },
  });

/**
 * A job that lost its host goes before those of its own priority that have not begun, but not before more urgent ones.
 */
const priorityKey = ({ again, priority = DEFAULT_PRIORITY }: Pick<SeatOptions, 'again' | 'priority'>): number =>
  again ? Math.max(1, priority - 1) : priority;

/** What a host does for a job. */
export type HostSteps = ReturnType<typeof hostSteps>;

/**
 * The steps on the host that holds `seat`. A cancelled step is not waited for: `removeWorktree` ends what it left.
 * Where there is something to deliver already, the remote is waited for as long as a delivery may take (`deliveryS`).
 */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the inferred type is HostSteps
export function hostSteps(seat: SeatTaken, seatTimeoutS: number, deliveryS?: number) {
  const at = {
    taskQueue: seat.host,
    scheduleToStartTimeout: seatTimeoutS * 1_000,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  };
  const quick = stepsWith({
    ...at,
    startToCloseTimeout: '5m',
    retry: { ...backoff, maximumAttempts: 3 },
  });
  const remote = stepsWith({
    ...at,
    startToCloseTimeout: '1h',
    retry: { ...backoff, maximumAttempts: 10 },
  });
  /** A clone may take as long as it gets on: its own limit is on silence. */
  const clone = stepsWith({
    ...at,
    startToCloseTimeout: '12h',
    retry: { ...backoff, maximumAttempts: 10 },
  });
  /** What is down is waited for: the work is done, and is not to be lost. */
  const patient = (timeoutS: number): Activities =>
    stepsWith({
      ...at,
      startToCloseTimeout: '1h',
      scheduleToCloseTimeout: timeoutS * 1_000,
      retry: backoff,
    });
  return {
    createRepository: remote.createRepository,
    updateMirror: (deliveryS === undefined ? clone : patient(Math.max(deliveryS, LEAST_PATIENCE_S))).updateMirror,
    prepareWork: remote.prepareWork,
    completeCheckout: clone.completeCheckout,
    /** Once: whatever goes wrong, the job has a fallback. */
    routeProfile: stepsWith({ ...at, startToCloseTimeout: '2m', retry: { maximumAttempts: 1 } }).routeProfile,
    /**
     * The agent may take `timeoutS`; with `waitsOnSeat` it waits for the model's limit here. Heartbeats show its
     * progress; the seat's own heartbeat decides about the host.
     */
    agent: (timeoutS: number, waitsOnSeat: boolean): Pick<Activities, 'runAgent'> =>
      stepsWith({
        ...at,
        startToCloseTimeout: (timeoutS + AGENT_MARGIN_S) * 1_000,
        heartbeatTimeout: seatTimeoutS * 1_000,
        retry: {
          ...backoff,
          maximumAttempts: 3,
          nonRetryableErrorTypes: waitsOnSeat ? [] : ['rate_limited' satisfies FailureType],
        },
      }),
    /** A delivery is tried for `timeoutS`. */
    delivery: (timeoutS: number): Pick<Activities, 'commitWork' | 'deliver' | 'openPullRequest'> => patient(timeoutS),
    restoreCache: remote.restoreCache,
    /** One command of the profile, which may take `timeoutMs`. */
    command: (timeoutMs: number): Pick<Activities, 'runCommand'> =>
      stepsWith({
        ...at,
        startToCloseTimeout: timeoutMs + COMMAND_MARGIN_MS,
        heartbeatTimeout: seatTimeoutS * 1_000,
        retry: { ...backoff, maximumAttempts: 3 },
      }),
    finishSetup: remote.finishSetup,
    commitWork: quick.commitWork,
    restoreWork: quick.restoreWork,
    pauseJob: quick.pauseJob,
    removeWorktree: quick.removeWorktree,
    prepareWorktree: clone.prepareWorktree,
    leaveWorktree: quick.leaveWorktree,
  };
}

/**
 * What any host with the data directory `disk` does at once, without a seat; tried once, since somebody waits for it.
 */
export const diskSteps = (disk: string): Pick<Activities, 'dropWorktree'> =>
  stepsWith({
    taskQueue: filesQueue(disk),
    scheduleToStartTimeout: '5s',
    startToCloseTimeout: '5m',
    heartbeatTimeout: '10s',
    retry: { maximumAttempts: 1 },
  });
