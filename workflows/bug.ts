import { TemporalFailure } from '@temporalio/workflow';
import { Pause } from './pause.ts';

/**
 * Throws `error` again where it is a bug: an error that neither Temporal nor `Pause` is the source of. It must stand
 * first wherever workflow code catches: the SDK then fails the workflow *task*, drops what the code asked for in it,
 * and runs it again until a worker with mended code does. A clean-up in front of it would be carried out, and the job
 * lost.
 */
export function throwBug(error: unknown): asserts error is TemporalFailure | Pause {
  if (!(error instanceof TemporalFailure) && !(error instanceof Pause)) throw error;
}
