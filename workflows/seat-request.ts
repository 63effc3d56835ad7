/** Asking the hosts for a seat, and the end of it. */
import { CancellationScope, defineSignal, setHandler, workflowInfo } from '@temporalio/workflow';
import { SEAT_TAKEN } from '../contract/workflow/names.ts';
import type { SeatReport, SeatTaken } from '../contract/workflow/seat.ts';
import { throwBug } from './bug.ts';
import { reportIn } from './host-loss.ts';
import { seatHolder } from './activity-options.ts';

const seatTaken = defineSignal<[SeatTaken]>(SEAT_TAKEN);

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
  /** Is told the last word of each host when its seat has ended. */
  ended?: (report: SeatReport) => void;
}

/** One asking for a seat: `taken` when a host took it, `over` when the holding has ended. */
export interface Asking {
  taken: SeatTaken | undefined;
  over: boolean;
  /** Rejects when the seat was lost; resolves when the host gave it back. */
  held: Promise<SeatReport>;
  giveUp: () => void;
}

/** How a seat ended. */
export interface SeatEnd {
  /** The last that its host said; absent where no host ever held it. */
  report?: SeatReport | undefined;
  /** Why the host did not give it back. */
  error?: unknown;
}

/** Asks for seat number `asking` of the job; `again` when it had one before. */
export function ask(request: SeatRequest, asking: number, again: boolean, seq: number): Asking {
  const { seat_timeout_s: seatTimeoutS, ttl_s: ttlS, owner, priority, disk } = request;
  const { holdSeat } = seatHolder({ seatTimeoutS, ttlS, owner, again, priority, disk });
  // The holding outlives a cancellation of the job, because cleaning up needs the seat. `giveUp` ends it.
  const scope = sheltered();
  const held = scope.run(() => holdSeat({ job_id: workflowInfo().workflowId, asking, seen_seq: seq }));
  const asked: Asking = { taken: undefined, over: false, held, giveUp: () => scope.cancel() };
  const end = (): void => void (asked.over = true);
  held.then(end, end);
  setHandler(seatTaken, (signal) => {
    if (signal.asking === asking && !asked.over) asked.taken ??= signal;
  });
  return asked;
}

/**
 * Gives the seat back (if it is still held) and waits until the server knows that nobody holds it. Answers how it
 * ended.
 */
export async function settle(asking: Asking): Promise<SeatEnd> {
  asking.giveUp();
  return asking.held.then(
    (report) => ({ report }),
    (error: unknown) => {
      throwBug(error);
      return { error, report: reportIn(error) };
    },
  );
}

/** A scope that a cancellation of the job does not reach, and that can be cancelled by itself. */
export const sheltered = (): CancellationScope =>
  new CancellationScope({ cancellable: true, parent: new CancellationScope({ cancellable: false }) });
