import type { PauseStep } from '../contract/steps.ts';
import { killStrays } from '../processes/tree.ts';
import type { Deps } from './deps.ts';
import { emit } from './emit.ts';
import { jobPaths } from './paths.ts';
import { keepTranscript } from './ship-transcript.ts';

/**
 * The last step on a host of a job that goes on later: ends what still runs for it, leaves its files as they are and gives
 * the seat back. Answers the sequence number of its last event.
 */
export const createPauseJob =
  (deps: Deps) =>
  async ({ until, reason, ...step }: PauseStep): Promise<{ seq: number }> => {
    const seat = deps.seats.get(step.token);
    const paths = jobPaths(deps.settings, step);
    await seat.stop(new Error('the job is paused'));
    await killStrays({ marker: step.job_id, directories: [paths.worktree, paths.dir] });
    await keepTranscript(deps, step, step.attempt);
    await emit(deps, seat, [{ type: 'waiting', reason, until }]);
    seat.release();
    return { seq: seat.seq };
  };
