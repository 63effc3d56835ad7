import { ApplicationFailure, CancelledFailure, TemporalFailure } from '@temporalio/common';
import { Failure, PERMANENT, type FailureType } from '../contract/shared/failures.ts';

/** What Temporal is told of an error: its stable type, whether a retry can mend it, and when to retry. */
export function toTemporalFailure(error: unknown): TemporalFailure {
  if (error instanceof TemporalFailure) return error;
  if (error instanceof Error && error.name === 'AbortError') return new CancelledFailure(error.message);
  const failure = error instanceof Failure ? error : new Failure(typeOf(error), messageOf(error));
  return ApplicationFailure.create({
    message: failure.message,
    type: failure.type,
    nonRetryable: PERMANENT.has(failure.type),
    ...(failure.details === undefined ? {} : { details: [failure.details] }),
    ...(failure.retryAfterMs === undefined ? {} : { nextRetryDelay: failure.retryAfterMs }),
  });
}

const typeOf = (error: unknown): FailureType =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    ? 'disk_full'
    : 'internal';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
