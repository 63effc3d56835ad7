/** What the end of a seat says about its host, and how a job ends that finds none. */
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import { readReport, type SeatReport } from '../contract/workflow/seat.ts';
import type { FailureType } from '../contract/shared/failures.ts';

/** True when `error` says that the host, not the work, has failed. */
export function isHostLoss(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  const { cause } = error;
  if (cause instanceof TimeoutFailure)
    return cause.timeoutType === 'SCHEDULE_TO_START' || cause.timeoutType === 'HEARTBEAT';
  return cause instanceof ApplicationFailure && cause.type === 'seat_lost';
}

/** True when a seat ended because its host was not heard any more. */
export const isSilence = (error: unknown): boolean =>
  error instanceof ActivityFailure && error.cause instanceof TimeoutFailure;

/** The last report of a lost host: in its heartbeat where it fell silent, else in the failure of its seat. */
export function reportIn(error: unknown): SeatReport | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (cause instanceof TimeoutFailure) return readReport(cause.lastHeartbeatDetails);
  return cause instanceof ApplicationFailure && cause.type === 'seat_lost' ? readReport(cause.details?.[0]) : undefined;
}

const fail = (type: FailureType, message: string): ApplicationFailure => ApplicationFailure.nonRetryable(message, type);

/** Why no host took the seat: `expired` when the queue was too long, undefined where the job asks again. */
export function refusal(error: unknown, onDisk: boolean): ApplicationFailure | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof TimeoutFailure) || cause.timeoutType !== 'SCHEDULE_TO_START') return undefined;
  return fail(
    'expired',
    `${onDisk ? 'no worker that has its files' : 'no worker'} had a free seat for the job in time`,
  );
}

export const hostLost = (times: number): ApplicationFailure =>
  fail('host_lost', `the job lost its worker ${times} times`);

export const hostsOutdated = (times: number): ApplicationFailure =>
  fail('host_outdated', `a worker of an older version took the job ${times} times, and it needs a newer one`);
