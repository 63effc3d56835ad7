import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  defineSignal,
  isCancellation,
  setHandler,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { SEAT_TAKEN } from '../contract/names.ts';
import type { SeatTaken } from '../contract/seat.ts';
import { isHostLoss, lastSeq, refusal } from './host-loss.ts';
import { MAX_HOSTS_LOST, seatHolder } from './steps.ts';

const seatTaken = defineSignal<[SeatTaken]>(SEAT_TAKEN);

/** A seat while its host holds it. */
export interface Seat extends SeatTaken {
  /** 1 for the first host, one more for each that took over. */
  attempt: number;
  /** True once the host is lost: nothing more can be asked of it. */
  readonly lost: boolean;
}

/** Who asks for a seat, and which. */
export interface SeatRequest {
  owner: string;
  /** Seconds of silence after which a host counts as lost. */
  seat_timeout_s: number;
  /** Seconds that the first seat may be waited for. */
  ttl_s: number;
  /** 1 goes first, 5 last. */
  priority?: number | undefined;
  /** Data directory that the host must have. */
  disk?: string | undefined;
}

/** One asking for a seat: `taken` when a host took it, `over` when the holding has ended. */
interface Asking {
  taken: SeatTaken | undefined;
  over: boolean;
  /** Rejects when the seat was lost; resolves when the host gave it back. */
  held: Promise<unknown>;
  giveUp: () => void;
}

function ask(request: SeatRequest, asking: number, again: boolean, seq: number): Asking {
  const { seat_timeout_s: seatTimeoutS, ttl_s: ttlS, owner, priority, disk } = request;
  const { holdSeat } = seatHolder({ seatTimeoutS, ttlS, owner, again, priority, disk });
  // The holding outlives a cancellation of the job, because cleaning up needs the seat. `giveUp` ends it.
  const scope = new CancellationScope({ cancellable: true, parent: new CancellationScope({ cancellable: false }) });
  const held = scope.run(() => holdSeat({ job_id: workflowInfo().workflowId, asking, seen_seq: seq }));
  const asked: Asking = { taken: undefined, over: false, held, giveUp: () => scope.cancel() };
  const end = (): void => void (asked.over = true);
  held.then(end, end);
  setHandler(seatTaken, (signal) => {
    if (signal.asking === asking && !asked.over) asked.taken ??= signal;
  });
  return asked;
}

/** Gives the seat back (if it is still held) and waits until the server knows that nobody holds it. */
async function settle(asking: Asking): Promise<unknown> {
  asking.giveUp();
  return asking.held.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/**
 * Runs `body` on a host that has room for the job, for as long as that host holds the seat. When the host is lost,
 * what ran under it is cancelled and `body` runs again from its start on another host.
 * Throws `expired` when no host took the job in time and `host_lost` after MAX_HOSTS_LOST hosts.
 */
export async function withSeat<T>(request: SeatRequest, body: (seat: Seat) => Promise<T>): Promise<T> {
  let attempt = 0;
  let seq = 0;
  let hostsLost = 0;
  for (let asking = 1; ; asking++) {
    const asked = ask(request, asking, attempt > 0, seq);
    try {
      await condition(() => asked.taken !== undefined || asked.over);
    } catch (error) {
      await CancellationScope.nonCancellable(() => settle(asked));
      throw error;
    }
    if (asked.taken === undefined) {
      const refused = refusal(await settle(asked), request.disk !== undefined);
      if (refused) throw refused;
      continue;
    }
    const outcome = await hold(asked, asked.taken, ++attempt, body);
    if ('value' in outcome) return outcome.value;
    seq = Math.max(seq, outcome.seq);
    if (outcome.silent && ++hostsLost >= MAX_HOSTS_LOST)
      throw ApplicationFailure.nonRetryable(`the job lost its host ${hostsLost} times`, 'host_lost');
  }
}

/** One seat from taking to end: the value of `body`, or that the host was lost (`silent`: it died, it did not say so). */
async function hold<T>(
  request: Asking,
  taken: SeatTaken,
  attempt: number,
  body: (seat: Seat) => Promise<T>,
): Promise<{ value: T } | { seq: number; silent: boolean }> {
  const work = new CancellationScope();
  request.held.catch(() => work.cancel());
  const seat: Seat = {
    ...taken,
    attempt,
    get lost() {
      return request.over;
    },
  };
  try {
    const value = await work.run(() => body(seat));
    await CancellationScope.nonCancellable(() => settle(request));
    return { value };
  } catch (error) {
    const lost = isHostLoss(error) || (isCancellation(error) && request.over);
    const end = await CancellationScope.nonCancellable(() => settle(request));
    if (!lost) throw error;
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the job was cancelled');
    return { seq: lastSeq(end), silent: end instanceof ActivityFailure && end.cause instanceof TimeoutFailure };
  }
}
