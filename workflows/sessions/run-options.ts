/** Timeouts and retries of the steps that a session asks of its hosts. */
import { ActivityCancellationType } from '@temporalio/workflow';
import type { FailureType } from '../../contract/shared/failures.ts';
import { filesQueue } from '../../contract/workflow/names.ts';
import type { SessionSteps } from '../../contract/workflow/run-state.ts';
import type { SeatTaken } from '../../contract/workflow/seat.ts';
import { stepsWith } from '../step-summaries.ts';

/** Seconds given to the agent beyond its own timeout to be stopped and to report. */
const AGENT_MARGIN_S = 120;

/** Longest time that a profile gives its agent. */
const MAX_TURN_S = 7 * 86_400;

const backoff = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' } as const;

/** What a run asks of the host that holds `seat`. */
export interface TurnSteps extends Pick<SessionSteps, 'leaveSession' | 'endAgent'> {
  /** The agent may take `timeoutS`, where that is known, and `waitS` more for decisions of people. */
  turn: (timeoutS: number | null, waitS: number) => Pick<SessionSteps, 'runTurn'>;
}

export function turnSteps(seat: SeatTaken, seatTimeoutS: number): TurnSteps {
  const at = { taskQueue: seat.host, scheduleToStartTimeout: seatTimeoutS * 1_000 };
  const quick = stepsWith({
    ...at,
    startToCloseTimeout: '5m',
    retry: { ...backoff, maximumAttempts: 3 },
  });
  return {
    leaveSession: quick.leaveSession,
    endAgent: quick.endAgent,
    turn: (timeoutS, waitS) =>
      stepsWith({
        ...at,
        startToCloseTimeout: ((timeoutS ?? MAX_TURN_S) + waitS + AGENT_MARGIN_S) * 1_000,
        heartbeatTimeout: seatTimeoutS * 1_000,
        // What the agent has said when it is cancelled is its answer.
        cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        retry: {
          ...backoff,
          maximumAttempts: 3,
          nonRetryableErrorTypes: ['rate_limited' satisfies FailureType],
        },
      }),
  };
}

/** What the host with the task queue `host` does beside the seats that it holds; it is gone when nobody answers. */
export const answering = (host: string): Pick<SessionSteps, 'answerApproval'> =>
  stepsWith({
    taskQueue: host,
    scheduleToStartTimeout: '10s',
    startToCloseTimeout: '1m',
    retry: { ...backoff, maximumAttempts: 5 },
  });

/** What any host with the data directory `disk` does for a session that holds no seat. */
export const sessionDisk = (disk: string): Pick<SessionSteps, 'noteEvents' | 'closeSession'> =>
  stepsWith({
    taskQueue: filesQueue(disk),
    scheduleToStartTimeout: '30s',
    startToCloseTimeout: '5m',
    retry: { ...backoff, maximumAttempts: 3 },
  });
