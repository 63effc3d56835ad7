import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import { isFailureType, type FailureType } from '../contract/shared/failures.ts';
import type { JobStatus } from '../contract/workflow/job-progress.ts';
import { throwBug } from './errors.ts';

/** How a job ends without success. */
export interface End {
  status: JobStatus;
  code: FailureType;
  message: string;
}

/** What it is called when all the time for a step has passed before the other side answered even once. */
const REMOTE_SILENT = {
  code: 'remote_unavailable',
  message: 'The remote did not answer within the delivery_timeout of the profile.',
} as const;
const SILENT: Partial<Record<string, Pick<End, 'code' | 'message'>>> = {
  updateMirror: REMOTE_SILENT,
  deliver: REMOTE_SILENT,
  openPullRequest: {
    code: 'forge_unavailable',
    message: 'The forge did not answer within the delivery_timeout of the profile.',
  },
};

/** How an error ends a job. A bug ends none: it is thrown again. */
export function describeEnd(error: unknown): End {
  throwBug(error);
  if (isCancellation(error)) return { status: 'cancelled', code: 'cancelled', message: 'the job was cancelled' };
  const cause = error instanceof ActivityFailure ? lastCause(error) : error;
  const failure = cause instanceof ApplicationFailure ? cause : undefined;
  const silent = error instanceof ActivityFailure && cause instanceof TimeoutFailure && SILENT[error.activityType];
  if (silent) return { status: 'failed', ...silent };
  const code = failure?.type && isFailureType(failure.type) ? failure.type : 'internal';
  const message = cause instanceof Error ? cause.message : error.message;
  return { status: code === 'expired' ? 'expired' : 'failed', code, message };
}

/** What went wrong at the last try, where the time for all of them is over. */
const lastCause = ({ cause }: ActivityFailure): unknown =>
  cause instanceof TimeoutFailure && cause.cause instanceof ApplicationFailure ? cause.cause : cause;
