import type { PauseStep } from '../contract/workflow/steps.ts';
import { endWork } from './stop-job-processes.ts';
import { keepTranscript } from './keep-transcript.ts';
import type { Task } from './step.ts';

/**
 * The last step on a host of a job that goes on later: ends what still runs for it, leaves its files as they are and
 * gives the seat back.
 */
export const pauseJob: Task<PauseStep, void> = async (deps, { until, reason, ...step }) => {
  const seat = deps.seats.get(step.token);
  await endWork(deps, seat, step, 'the job is paused');
  await keepTranscript(deps, step, step.attempt);
  const writer = deps.writers.of(step.job_id);
  await writer.write([{ type: 'waiting', reason, until }]);
  await deps.spool?.note({ id: step.job_id, stream: step.job_id, attempt: step.attempt, left: true });
  seat.release();
};
