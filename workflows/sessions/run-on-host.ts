import { ActivityFailure, ApplicationFailure, getExternalWorkflowHandle } from '@temporalio/workflow';
import type { DeliveredWork, RunInput, TurnAnswer } from '../../contract/workflow/run-state.ts';
import { RUN_BEGAN, type RunBegan } from '../../contract/workflow/session-state.ts';
import { warnOf } from '../errors.ts';
import { thenLeave, type Seat } from '../seat.ts';
import { deliverWork } from './run-delivery.ts';
import { turnSteps } from './run-options.ts';
import { pauseRun } from './run-pause.ts';
import { preparePlace, type RunOnHost } from './run-place.ts';
import type { RunRecorder } from './run-progress.ts';
import { turnOf } from './run-turn-step.ts';

/** How a run that did not fail has ended. */
export interface RunEnd {
  status: 'succeeded' | 'interrupted';
  output: string;
}

/** A run on one host; whatever its end, the seat is given back. `waiting`: it goes on when there is a decision. */
export async function runOnHost(input: RunInput, run: RunRecorder, seat: Seat): Promise<RunEnd | 'waiting'> {
  const at = { job_id: input.session_id, token: seat.token };
  const on: RunOnHost = { input, run, seat, at };
  const { leaveSession } = turnSteps(seat, input.seat_timeout_s);
  return thenLeave(
    seat,
    async () => {
      run.take(seat);
      if (run.place.disk !== seat.disk) tellWhere(on);
      if (input.brief.delivery === undefined) return answer(on);
      return { status: 'succeeded' as const, output: whereIs(await deliverWork(on)) };
    },
    async (thrown) => {
      const pause = pauseRun(on, thrown);
      await leaveSession({ ...at, run_id: input.brief.id, cold: thrown !== undefined }).catch(
        warnOf('could not release the seat'),
      );
      if (pause !== undefined) throw pause;
    },
  );
}

/** Tells the session where its events are now. */
function tellWhere({ input, seat: { disk, hostname } }: RunOnHost): void {
  getExternalWorkflowHandle(input.session_id)
    .signal(RUN_BEGAN, { run_id: input.brief.id, disk, hostname } satisfies RunBegan)
    .catch(warnOf('could not signal to the session where its run is'));
}

const whereIs = ({ pr_url, branch }: DeliveredWork): string => pr_url ?? branch ?? 'nothing has changed';

async function answer(on: RunOnHost): Promise<RunEnd | 'waiting'> {
  const { input, run, seat } = on;
  if (input.spec.repo_url !== undefined) await preparePlace(on);
  else if (run.place.disk !== seat.disk) run.settle({ disk: seat.disk, prepared: false });
  const { status, output } = await turn(on).catch(async (error: unknown) => {
    if (!isGone(error)) throw error;
    // Somebody has removed the files of the session behind its back.
    on.run.settle({ prepared: false });
    await preparePlace(on);
    return turn(on);
  });
  return status === 'waiting' ? status : { status, output };
}

async function turn({ input, run, seat, at }: RunOnHost): Promise<TurnAnswer> {
  const { spec, seat_timeout_s } = input;
  const step = turnOf(input, run);
  const waitS = spec.approvals === 'ask' ? spec.approval_timeout_s : 0;
  const answer = await turnSteps(seat, seat_timeout_s)
    .turn(step.timeout_s, waitS)
    .runTurn({ ...step, ...at, attempt: seat.attempt });
  const { agent_session, generation, made } = answer;
  if (made !== undefined) run.settle({ prepared: true, profile: made.profile }, made.worktree_path);
  run.settle({ agent_session, generation });
  run.spend(answer.spent);
  run.warn(answer.warnings);
  run.show({ num_turns: answer.num_turns, warm: answer.warm, restarted: answer.restarted });
  return answer;
}

const isGone = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  error.cause instanceof ApplicationFailure &&
  error.cause.type === 'worktree_not_found';
