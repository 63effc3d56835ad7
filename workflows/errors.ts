/** What workflow code throws that is no failure of Temporal: a pause, or a bug. */
import { log, TemporalFailure } from '@temporalio/workflow';

/** Thrown by what runs on a seat when it has given the seat back and goes on later. */
export class Pause extends Error {
  /** When it goes on (milliseconds since 1970). */
  readonly until: number;

  constructor(until: number) {
    super(`paused until ${new Date(until).toISOString()}`);
    this.until = until;
  }
}

/**
 * Throws `error` again where it is a bug: an error that neither Temporal nor `Pause` is the source of. It must stand
 * first wherever workflow code catches: the SDK then fails the workflow *task*, drops what the code asked for in it,
 * and runs it again until a worker with mended code does. A clean-up in front of it would be carried out, and the job
 * lost.
 */
export function throwBug(error: unknown): asserts error is TemporalFailure | Pause {
  if (!(error instanceof TemporalFailure) && !(error instanceof Pause)) throw error;
}

/** Logs a failure that does not matter to the job, with `message`. */
export const warnOf =
  (message: string) =>
  (error: unknown): void => {
    throwBug(error);
    log.warn(message, { error });
  };
