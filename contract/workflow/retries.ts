/** That a step is tried again: why, when, and how often it still can be. No zod here: workflows import this file. */
import type { FailureType } from '../shared/failures.ts';
import { stageLabel, type JobStage } from './job-stages.ts';

/** Signal by which a host tells the job that a step will be tried again. */
export const STEP_RETRYING = 'stepRetrying';

/** A type, so that it is JSON where events are. */
export type StepRetry = {
  stage: JobStage;
  /** Why the last try failed. */
  code: FailureType;
  reason: string;
  /** The number of the try that comes, from 2. */
  attempt: number;
  /** Tries that are left, that one included; null where only time ends them. */
  tries_left: number | null;
  /** When it is tried (ISO 8601). */
  next_at: string;
  /** When the step is given up at the latest; null where only the number of tries ends it. */
  until: string | null;
};

/** Of a newer server, too, whose stages and codes are not known here. */
type Words = Omit<StepRetry, 'stage' | 'code'> & { stage: string };

/** What a person reads of it, in one sentence or line; `time` writes a time. */
export function retryWords(retry: Words, time: (iso: string) => string = (iso) => iso): string {
  const { stage, attempt, tries_left, next_at, until, reason } = retry;
  const last = until === null ? '' : `, until ${time(until)} at the latest`;
  const end = tries_left === null ? last : `, ${tries_left} ${tries_left === 1 ? 'try' : 'tries'} left`;
  return `${stageLabel(stage)}: try ${attempt} at ${time(next_at)}${end}: ${reason}`;
}
