/** What the end of a seat's activity says about its host. */
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';

/** True when `error` says that the host, not the work, has failed. */
export function isHostLoss(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  const { cause } = error;
  if (cause instanceof TimeoutFailure)
    return cause.timeoutType === 'SCHEDULE_TO_START' || cause.timeoutType === 'HEARTBEAT';
  return cause instanceof ApplicationFailure && cause.type === 'seat_lost';
}

/** The last sequence number that the lost host reported, from its heartbeat. */
export const lastSeq = (error: unknown): number => {
  const timeout = error instanceof ActivityFailure && error.cause instanceof TimeoutFailure ? error.cause : undefined;
  const details = timeout?.lastHeartbeatDetails as { seq?: number } | undefined;
  return details?.seq ?? 0;
};

/** Why no host took the seat: `expired` when the queue was too long, undefined where asking again is right. */
export function refusal(error: unknown, given: boolean): ApplicationFailure | undefined {
  if (!(error instanceof ActivityFailure)) return undefined;
  const { cause } = error;
  const who = given ? 'no host that has its files' : 'no host';
  if (cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START')
    return ApplicationFailure.nonRetryable(`${who} had room for the job in time`, 'expired');
  return undefined;
}
