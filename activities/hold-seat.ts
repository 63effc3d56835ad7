import { Context } from '@temporalio/activity';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../contract/shared/failures.ts';
import { SEAT_TAKEN } from '../contract/workflow/names.ts';
import type { HoldSeatStep } from '../contract/workflow/hold-seat.ts';
import { HOST_PROTOCOL, type SeatHeartbeat, type SeatReport, type SeatTaken } from '../contract/workflow/seat.ts';
import { NOTHING_SPENT } from '../contract/workflow/cost.ts';
import { defined } from '../contract/shared/defined.ts';
import { timeLimit } from '../contract/shared/timeout-signal.ts';
import { goAhead } from './sessions/run-turn.ts';
import type { Deps } from './deps.ts';
import type { EventWriter } from './event-writer.ts';
import { begunShipment, keepLeft } from './note-shipment.ts';
import { keepLease, type Lease } from './lease.ts';
import { SEAT_LOST, type HeldSeat } from './seats.ts';
import type { Task } from './step.ts';

/** How long a task that came when the last seat had just gone waits here before another host may have it. */
const GATE_MS = 5_000;

/**
 * Holds a seat of this host for a job, from when one is free until the job's last step gives it back. Signals
 * `seatTaken` to the job; answers what the workflow must know of it at the end. Fails `host_full` (retried elsewhere)
 * when no seat gets free in time, `disk_low` (so, too) when the disk has no room for another job, and `seat_lost` when
 * this host was not heard for 0.75 of the heartbeat timeout: by then all work of the job is dead.
 */
export const holdSeat: Task<HoldSeatStep, SeatReport> = async (deps, step) => {
  const context = Context.current();
  let seat: HeldSeat | undefined;
  let writer: EventWriter | undefined;
  const lease = keepLease({
    client: deps.client.activity,
    taskToken: context.info.taskToken,
    heartbeatTimeoutMs: context.info.heartbeatTimeoutMs ?? 0,
    details: () => heartbeatOf(step, seat, writer),
    alsoBeat: (details) => context.heartbeat(details),
  });
  try {
    seat = await enter(deps, step, lease, context);
    seat.owner = step.owner;
    // The server may have given this task to a poll of a connection that was dead: only a host that it hears may start.
    await lease.confirmed;
    if (lease.remainingMs() <= 0) return reportOf(step, writer);
    writer = await deps.writers.open(step.job_id, step.seen_seq, step.run);
    const id = context.info.workflowExecution?.workflowId ?? step.job_id;
    // The agent does not wait for it.
    void deps.spool?.note(begunShipment(id, step, writer.seq));
    if (step.ahead !== undefined) await goAhead(deps, step.ahead, seat);
    const why = await occupy(deps, step, seat, lease, context);
    if (why === 'released') return reportOf(step, writer);
    deps.log.warn({ job: step.job_id, why }, 'the seat was lost; the agent is being stopped');
    await seat.stop(SEAT_LOST);
    await leaveShipment(deps, id, step);
    throw new Failure('seat_lost', SEAT_LOST.message, { details: reportOf(step, writer) });
  } finally {
    lease.stop();
    if (writer) deps.writers.close(step.job_id, writer);
    if (seat) deps.seats.end(seat);
    deps.spares.fill();
  }
};

/** What was done under a seat that is lost is sent from here, too. */
async function leaveShipment(deps: Deps, id: string, { job_id: stream, asking: attempt }: HoldSeatStep): Promise<void> {
  if (deps.spool === undefined) return;
  const facts = { id, stream, attempt };
  await keepLeft(deps, facts);
  await deps.spool.note({ ...facts, left: true });
}

/** Waits a few seconds for a free seat. */
async function enter({ seats, room }: Deps, step: HoldSeatStep, lease: Lease, context: Context): Promise<HeldSeat> {
  const shortage = await room.shortage();
  if (shortage !== undefined) throw new Failure('disk_low', shortage);
  const giveUp = new AbortController();
  void lease.ended.then(() => giveUp.abort(SEAT_LOST));
  const signals = [giveUp.signal, seats.evicted, context.cancellationSignal, timeLimit(GATE_MS)];
  try {
    return await seats.take(step.job_id, AbortSignal.any(signals));
  } catch (error) {
    if (giveUp.signal.aborted || seats.evicted.aborted || context.cancellationSignal.aborted) throw error;
    throw new Failure('host_full', 'another job took the last free seat of this host');
  }
}

/** What the job's workflow is told of its host. */
const reportOf = ({ seen_seq }: HoldSeatStep, writer?: EventWriter): SeatReport => ({
  seq: writer?.seq ?? seen_seq,
  spent: writer?.spent ?? NOTHING_SPENT,
});

const heartbeatOf = (step: HoldSeatStep, seat?: HeldSeat, writer?: EventWriter): SeatHeartbeat => ({
  ...reportOf(step, writer),
  ...defined({ agent: seat?.agent }),
});

/** Announces the seat to its job and answers why it ends. */
async function occupy(
  deps: Deps,
  step: HoldSeatStep,
  seat: HeldSeat,
  lease: Lease,
  context: Context,
): Promise<'released' | 'evicted' | 'cancelled' | Awaited<Lease['ended']>['why']> {
  await announce(deps, step, seat, lease, context);
  // The signal of the host outlives this seat, and must not keep its listener.
  const over = new AbortController();
  try {
    return await Promise.race([
      seat.released.then(() => 'released' as const),
      lease.ended.then((end) => end.why),
      aborted(deps.seats.evicted, 'evicted' as const, over.signal),
      aborted(context.cancellationSignal, 'cancelled' as const, over.signal),
    ]);
  } finally {
    over.abort();
  }
}

/** Tells the job, for as long as the lease lasts, until the server has heard it. */
async function announce(deps: Deps, step: HoldSeatStep, seat: HeldSeat, lease: Lease, context: Context): Promise<void> {
  const { host, hostname, disk } = deps.settings;
  const at = seat.takenAt;
  const taken: SeatTaken = {
    protocol: HOST_PROTOCOL,
    asking: step.asking,
    host,
    hostname,
    disk,
    token: seat.token,
    at,
  };
  const { workflowId, runId } = context.info.workflowExecution ?? { workflowId: step.job_id, runId: undefined };
  const job = deps.client.workflow.getHandle(workflowId, runId);
  while (lease.remainingMs() > 0) {
    try {
      return await job.signal(SEAT_TAKEN, taken);
    } catch (error) {
      if (error instanceof Error && error.name === 'WorkflowNotFoundError') throw SEAT_LOST;
      deps.log.warn({ job: step.job_id, error }, 'could not signal seatTaken to the workflow; retrying');
      await sleep(500, undefined, { signal: context.cancellationSignal });
    }
  }
  throw SEAT_LOST;
}

/** `value` when `signal` aborts; it is not listened to any more when `over` does. */
const aborted = <T>(signal: AbortSignal, value: T, over: AbortSignal): Promise<T> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(value);
    else signal.addEventListener('abort', () => resolve(value), { once: true, signal: over });
  });
