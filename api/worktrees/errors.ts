import { FAILURES, type FailureType } from '../../contract/shared/failures.ts';
import { ApiError } from '../http/api-error.ts';

/** 404 for a worktree that does not exist and, alike, for one of another owner. */
export const noWorktree = (id: string, field?: string): ApiError =>
  new ApiError(404, 'worktree_not_found', `there is no worktree ${id}`, 'Look it up with GET /worktrees.', field);

/** 409 for what cannot be done with a worktree as it stands. */
export const worktreeConflict = (code: FailureType, message: string, field?: string): ApiError =>
  new ApiError(409, code, message, FAILURES[code].nextStep, field);
