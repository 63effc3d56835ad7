import { ApplicationFailure, CancelledFailure, TemporalFailure } from '@temporalio/common';
import { defined } from '../contract/shared/defined.ts';
import { Failure, PERMANENT, type FailureType } from '../contract/shared/failures.ts';
import type { SeatStep } from '../contract/workflow/seat.ts';
import type { Deps } from './deps.ts';
import type { HeldSeat } from './seats.ts';

/** An activity: it gets the dependencies of the host and its input. */
export type Task<Input, Result> = (deps: Deps, input: Input) => Promise<Result>;

/** An activity on the seat that its input names. `signal` aborts when the step must end. */
export type Step<Input extends SeatStep, Result> = (
  deps: Deps,
  input: Input,
  seat: HeldSeat,
  signal: AbortSignal,
) => Promise<Result>;

/** Translates an error for Temporal: its stable type, whether a retry can help, and when to retry. */
export function toTemporalFailure(error: unknown): TemporalFailure {
  if (error instanceof TemporalFailure) return error;
  if (error instanceof Error && error.name === 'AbortError') return new CancelledFailure(error.message);
  const failure = error instanceof Failure ? error : new Failure(typeOf(error), messageOf(error));
  return ApplicationFailure.create({
    message: failure.message,
    type: failure.type,
    nonRetryable: PERMANENT.has(failure.type),
    ...defined({
      details: failure.details === undefined ? undefined : [failure.details],
      nextRetryDelay: failure.retryAfterMs,
    }),
  });
}

const typeOf = (error: unknown): FailureType =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    ? 'disk_full'
    : 'internal';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
