/** What the end of a seat's activity says about its host. */
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import { readReport, type SeatReport } from '../contract/workflow/seat.ts';

/** True when `error` says that the host, not the work, has failed. */
export function isHostLoss(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  const { cause } = error;
  if (cause instanceof TimeoutFailure)
    return cause.timeoutType === 'SCHEDULE_TO_START' || cause.timeoutType === 'HEARTBEAT';
  return cause instanceof ApplicationFailure && cause.type === 'seat_lost';
}

/**
 * The last that a lost host said of the job: in its heartbeat where it fell silent, else in the failure of its seat.
 */
export function reportIn(error: unknown): SeatReport | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (cause instanceof TimeoutFailure) return readReport(cause.lastHeartbeatDetails);
  return cause instanceof ApplicationFailure && cause.type === 'seat_lost' ? readReport(cause.details?.[0]) : undefined;
}

/** Why no host took the seat: `expired` when the queue was too long, undefined where asking again is right. */
export function refusal(error: unknown, given: boolean): ApplicationFailure | undefined {
  if (!(error instanceof ActivityFailure)) return undefined;
  const { cause } = error;
  const who = given ? 'no worker that has its files' : 'no worker';
  if (cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START')
    return ApplicationFailure.nonRetryable(`${who} had a free seat for the job in time`, 'expired');
  return undefined;
}
