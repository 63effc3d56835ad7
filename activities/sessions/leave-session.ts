import { CancelledFailure } from '@temporalio/common';
import type { LeaveSessionStep } from '../../contract/workflow/run-state.ts';
import type { SeatStep, WorkPlace } from '../../contract/workflow/seat.ts';
import { killStrays } from '../../processes/tree.ts';
import type { Deps } from '../deps.ts';
import { jobPaths } from '../paths.ts';
import { keepSession } from '../keep-transcript.ts';
import type { Step, Task } from '../step.ts';
import { readTurn } from './turn-record.ts';

/**
 * The last step of a run on its host: ends what still runs for the session, but for an agent that is kept warm, keeps
 * the transcript, and gives the seat back. The files stay.
 */
export const leaveSession: Task<LeaveSessionStep, void> = async (deps, step) => {
  const { job_id } = step;
  const seat = deps.seats.get(step.token);
  await seat.stop(new CancelledFailure('the run has ended'));
  await endProcesses(deps, step, step.cold);
  const turn = await readTurn(deps.settings, job_id);
  if (turn !== undefined) await keepSession(deps, step, turn.agent_session);
  await deps.writers.of(job_id).compact();
  await deps.spool?.note({ id: step.run_id, stream: job_id, left: true });
  seat.release();
};

/** Ends the agent of a session that holds a seat, and all else that runs for it. */
export const endAgent: Step<SeatStep, void> = (deps, step) => endProcesses(deps, step, true);

/** Ends what runs for the session, but, unless it is to be `cold`, for the agent that is kept warm. */
async function endProcesses({ settings, warm }: Deps, { job_id }: WorkPlace, cold: boolean): Promise<void> {
  const { worktree, dir, marker } = jobPaths(settings, { job_id });
  if (cold) await warm.end(job_id);
  await killStrays({ marker, directories: [worktree, dir], spared: warm.own(job_id) });
}
