import type { PauseStep } from '../contract/workflow/steps.ts';
import { emit } from './event-writer.ts';
import { endWork } from './stop-job-processes.ts';
import { keepTranscript } from './ship-transcript.ts';
import type { Task } from './step.ts';

/**
 * The last step on a host of a job that goes on later: ends what still runs for it, leaves its files as they are and gives
 * the seat back.
 */
export const pauseJob: Task<PauseStep, void> = async (deps, { until, reason, ...step }) => {
  const seat = deps.seats.get(step.token);
  await endWork(deps, seat, step, 'the job is paused');
  await keepTranscript(deps, step, step.attempt);
  await emit(deps, seat, [{ type: 'waiting', reason, until }]);
  seat.release();
};
