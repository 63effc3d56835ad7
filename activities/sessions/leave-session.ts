import { CancelledFailure } from '@temporalio/common';
import type { LeaveSessionStep } from '../../contract/workflow/run-state.ts';
import { killStrays } from '../../processes/tree.ts';
import { jobPaths } from '../paths.ts';
import { keepSession } from '../ship-transcript.ts';
import type { Task } from '../step.ts';
import { readTurn } from './turn-record.ts';

/**
 * The last step of a run on its host: ends what still runs for the session, but for an agent that is kept warm, keeps
 * the transcript, and gives the seat back. The files stay.
 */
export const leaveSession: Task<LeaveSessionStep, void> = async (deps, step) => {
  const { job_id } = step;
  const seat = deps.seats.get(step.token);
  const { worktree, dir, marker } = jobPaths(deps.settings, step);
  await seat.stop(new CancelledFailure('the run has ended'));
  if (step.cold) await deps.warm.end(job_id);
  await killStrays({ marker, directories: [worktree, dir], spared: deps.warm.own(job_id) });
  const turn = await readTurn(deps.settings, job_id);
  if (turn !== undefined) await keepSession(deps, step, turn.agent_session);
  await deps.writers.of(job_id).compact();
  seat.release();
};
