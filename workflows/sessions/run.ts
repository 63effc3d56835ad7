import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  setHandler,
} from '@temporalio/workflow';
import {
  INTERRUPT_RUN,
  type DeliveredWork,
  type RunInput,
  type RunOutcome,
} from '../../contract/workflow/run-state.ts';
import { RUN_LEFT } from '../../contract/workflow/session-state.ts';
import { warnOf } from '../errors.ts';
import { describeEnd } from '../job-failure.ts';
import { thenLeave, withSeat, type Seat } from '../seat.ts';
import type { SeatRequest } from '../seat-request.ts';
import { deliverWork } from './run-delivery.ts';
import { pauseRun } from './run-pause.ts';
import { preparePlace, type RunOnHost } from './run-place.ts';
import { RunRecorder } from './run-progress.ts';
import { turnSteps } from './run-options.ts';

const interrupt = defineSignal(INTERRUPT_RUN);

/** Seconds for which a run asks for a host with the files of its session; a session without files does not wait. */
const SAME_DISK_S = 60;

/** One answer of a session's agent, from its seat to the end of the turn. */
export async function run(input: RunInput): Promise<RunOutcome> {
  const recorder = new RunRecorder(input);
  const scope = new CancellationScope();
  let interrupted = false;
  setHandler(interrupt, () => {
    interrupted = true;
    scope.cancel();
  });
  try {
    if (input.refused !== undefined) throw ApplicationFailure.nonRetryable(input.refused.message, input.refused.code);
    const answer = await scope.run(() =>
      withSeat(seatRequest(input, recorder), (seat) => onHost(input, recorder, seat)),
    );
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the run was cancelled');
    return succeed(recorder, answer);
  } catch (error) {
    if (interrupted && isCancellation(error) && !CancellationScope.current().consideredCancelled)
      return succeed(recorder);
    return fail(input, recorder, error);
  }
}

/** What a run that did not fail has come to. */
interface Outcome {
  status: 'succeeded' | 'interrupted';
  output: string;
}

function succeed(recorder: RunRecorder, outcome: Outcome = { status: 'interrupted', output: '' }): RunOutcome {
  const { status, output } = outcome;
  recorder.show({ status });
  return { output, left: recorder.left(status, output) };
}

/** Shows how the run ended and tells its session, which gets no result of it. */
async function fail({ session_id }: RunInput, recorder: RunRecorder, error: unknown): Promise<never> {
  const { status: ended, code, message } = describeEnd(error);
  const status = ended === 'cancelled' || ended === 'expired' ? ended : 'failed';
  recorder.show({ status, error: status === 'cancelled' ? null : { code, message } });
  await CancellationScope.nonCancellable(() =>
    getExternalWorkflowHandle(session_id)
      .signal(RUN_LEFT, recorder.left(status, message))
      .catch(warnOf('could not signal the run to its session')),
  );
  if (status === 'cancelled') throw error;
  throw ApplicationFailure.create({ message, type: code, nonRetryable: true });
}

function seatRequest(input: RunInput, recorder: RunRecorder): SeatRequest {
  const { session_id, owner, seat_timeout_s, ttl_s, place, brief } = input;
  const disk = place.disk ?? undefined;
  const preferred = disk === undefined ? undefined : { disk, for_s: Math.min(SAME_DISK_S, ttl_s) };
  const where = brief.delivery === undefined ? { prefer: preferred } : { disk };
  return {
    ...{ owner, seat_timeout_s, ttl_s, ...where, subject: session_id, seen_seq: place.seq, run: brief.number },
    ended: ({ spent, seq }) => {
      recorder.spend(spent);
      recorder.settle({ seq: Math.max(seq, recorder.place.seq) });
    },
  };
}

/** The turn on one host; whatever its end, the seat is given back. */
async function onHost(input: RunInput, run: RunRecorder, seat: Seat): Promise<Outcome> {
  const at = { job_id: input.session_id, token: seat.token };
  const on: RunOnHost = { input, run, seat, at };
  const { leaveSession } = turnSteps(seat, input.seat_timeout_s);
  return thenLeave(
    seat,
    async () => {
      run.take(seat);
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

async function answer(on: RunOnHost): Promise<Outcome> {
  const { input, run, seat } = on;
  await preparePlace(on);
  return turn(on).catch(async (error: unknown) => {
    if (!isGone(error)) throw error;
    // Somebody has removed the files of the session behind its back.
    run.settle({ prepared: false });
    await preparePlace(on);
    return turn(on);
  });

  async function turn({ at }: RunOnHost): Promise<Outcome> {
    const { message, notes, spec, brief, seat_timeout_s } = input;
    const { agent_session, generation, profile } = run.place;
    const timeout_s = message.timeout_s ?? profile?.timeout_s ?? 0;
    const waitS = spec.approvals === 'ask' ? spec.approval_timeout_s : 0;
    const answer = await turnSteps(seat, seat_timeout_s)
      .turn(timeout_s, waitS)
      .runTurn({
        ...at,
        ...{ run_id: brief.id, number: brief.number, message, notes, spec, agent_session, generation, timeout_s },
        attempt: seat.attempt,
      });
    run.settle({ agent_session: answer.agent_session, generation: answer.generation });
    run.spend(answer.spent);
    run.warn(answer.warnings);
    run.show({ num_turns: answer.num_turns, warm: answer.warm, restarted: answer.restarted });
    return answer;
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  error.cause instanceof ApplicationFailure &&
  error.cause.type === 'worktree_not_found';

const whereIs = ({ pr_url, branch }: DeliveredWork): string => pr_url ?? branch ?? 'nothing has changed';
