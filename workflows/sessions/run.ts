import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  setHandler,
} from '@temporalio/workflow';
import { INTERRUPT_RUN, WAKE_RUN, type RunInput, type RunOutcome } from '../../contract/workflow/run-state.ts';
import { RUN_LEFT, RUN_WAITS } from '../../contract/workflow/session-state.ts';
import { warnOf } from '../errors.ts';
import { describeEnd } from '../job-failure.ts';
import { withSeat } from '../seat.ts';
import { explained } from '../web-ui-details.ts';
import type { SeatRequest } from '../seat-request.ts';
import { runOnHost, type RunEnd } from './run-on-host.ts';
import { RunRecorder } from './run-progress.ts';
import { turnAhead } from './run-turn-step.ts';

const interrupt = defineSignal(INTERRUPT_RUN);
const wake = defineSignal(WAKE_RUN);

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
    const ended = await scope.run(() => untilEnded(input, recorder));
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the run was cancelled');
    return succeed(recorder, ended);
  } catch (error) {
    if (interrupted && isCancellation(error) && !CancellationScope.current().consideredCancelled)
      return succeed(recorder);
    return fail(input, recorder, error);
  }
}

/** The turn, in as many parts as it waits for decisions of people without a seat. */
async function untilEnded(input: RunInput, recorder: RunRecorder): Promise<RunEnd> {
  let isAwake = false;
  setHandler(wake, () => {
    isAwake = true;
  });
  for (;;) {
    const ended = await withSeat(seatRequest(input, recorder), (seat) => runOnHost(input, recorder, seat));
    if (ended !== 'waiting') return ended;
    isAwake = false;
    recorder.show({ status: 'waiting_approval' });
    await getExternalWorkflowHandle(input.session_id).signal(RUN_WAITS, input.brief.id);
    await condition(() => isAwake);
  }
}

function succeed(recorder: RunRecorder, ended: RunEnd = { status: 'interrupted', output: '' }): RunOutcome {
  const { status, output } = ended;
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
  throw ApplicationFailure.create({ message: explained({ code, message }), type: code, nonRetryable: true });
}

function seatRequest(input: RunInput, recorder: RunRecorder): SeatRequest {
  const { session_id, owner, seat_timeout_s, ttl_s, place, brief } = input;
  const disk = place.disk ?? input.spec.fork?.conversation?.disk;
  const preferred = disk === undefined ? undefined : { disk, for_s: Math.min(SAME_DISK_S, ttl_s) };
  const where =
    brief.delivery === undefined
      ? { prefer: preferred, ahead: turnAhead(input, recorder) }
      : { disk: place.disk ?? undefined };
  return {
    ...{ owner, seat_timeout_s, ttl_s, ...where, subject: session_id, seen_seq: place.seq, run: brief.number },
    ended: ({ spent, seq }) => {
      recorder.spend(spent);
      recorder.settle({ seq: Math.max(seq, recorder.place.seq) });
    },
  };
}
