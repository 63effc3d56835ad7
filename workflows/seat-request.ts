/** Requests a seat from the hosts and releases it. */
import { CancellationScope, defineSignal, setHandler, workflowInfo } from '@temporalio/workflow';
import { defined } from '../contract/shared/defined.ts';
import { SEAT_TAKEN } from '../contract/workflow/names.ts';
import type { TurnAhead } from '../contract/workflow/hold-seat.ts';
import type { SeatReport, SeatTaken } from '../contract/workflow/seat.ts';
import { seatHolder } from './activity-options.ts';
import { throwBug } from './errors.ts';
import { reportIn } from './host-loss.ts';

const seatTaken = defineSignal<[SeatTaken]>(SEAT_TAKEN);

/** Who asks for a seat, and which. */
export interface SeatRequest {
  owner: string;
  /** Seconds of silence after which a host counts as lost. */
  seat_timeout_s: number;
  /** Seconds that a seat may be waited for. */
  ttl_s: number;
  /** 1 goes first, 5 last. */
  priority?: number | undefined;
  /** Data directory that the host must have. */
  disk?: string | undefined;
  /** Data directory that the host has, if one of its hosts has room in time; any other, or `disk`, after that. */
  prefer?: Preference | undefined;
  /** Whose files and events it is about: those of the workflow itself when absent. */
  subject?: string | undefined;
  /** Sequence number of the last event of the subject that an earlier host reported. */
  seen_seq?: number | undefined;
  /** Which answer in the event stream of the subject it is; 1 when absent. */
  run?: number | undefined;
  /** What the first host may begin with before it is asked. */
  ahead?: TurnAhead | undefined;
  /** Is told the last report of each host when its seat has ended. */
  ended?: ((report: SeatReport) => void) | undefined;
}

interface Preference {
  disk: string;
  /** Seconds. */
  for_s: number;
}

/** Which of a workflow's requests it is. */
export interface RequestNumber {
  /** Counts the requests of the workflow. */
  asking: number;
  /** Whether it held a seat before. */
  again: boolean;
  /** Sequence number of the last event that a host reported. */
  seq: number;
}

/** A seat that was requested: `taken` when a host took it, `over` when nobody holds it any more. */
export interface RequestedSeat {
  taken: SeatTaken | undefined;
  over: boolean;
  /** Rejects when the seat was lost or nobody took it; resolves when the host gave it back. */
  held: Promise<SeatReport>;
  giveUp: () => void;
}

/** How a seat ended. */
export interface SeatEnd {
  /** The last report of its host; absent where no host held it, or it never reported. */
  report?: SeatReport | undefined;
  /** Why the host did not give it back. */
  error?: unknown;
}

/** Requests a seat. */
export function requestSeat(request: SeatRequest, { asking, again, seq }: RequestNumber): RequestedSeat {
  const { seat_timeout_s, owner, priority, prefer } = request;
  const { disk, for_s: ttl_s } = prefer ?? { disk: request.disk, for_s: request.ttl_s };
  const { holdSeat } = seatHolder({ seat_timeout_s, ttl_s, owner, again, priority, disk });
  // The seat outlives a cancellation of the job, because cleaning up needs it. `giveUp` ends it.
  const scope = sheltered();
  const { subject: job_id = workflowInfo().workflowId, seen_seq = 0, run, ahead } = request;
  const held = scope.run(() =>
    holdSeat({ job_id, owner, asking, seen_seq: Math.max(seq, seen_seq), ...defined({ run, ahead }) }),
  );
  const seat: RequestedSeat = { taken: undefined, over: false, held, giveUp: () => scope.cancel() };
  const end = (): void => {
    seat.over = true;
  };
  held.then(end, end);
  setHandler(seatTaken, (signal) => {
    if (signal.asking === asking && !seat.over) seat.taken ??= signal;
  });
  return seat;
}

/**
 * Gives the seat back if it is still held, and waits until the server knows that nobody holds it; also in a cancelled
 * job.
 */
export const settle = (seat: RequestedSeat): Promise<SeatEnd> =>
  CancellationScope.nonCancellable(() => {
    seat.giveUp();
    return seat.held.then(
      (report) => ({ report }),
      (error: unknown) => {
        throwBug(error);
        return { error, report: reportIn(error) };
      },
    );
  });

/** A scope that a cancellation of the job does not reach, and that can be cancelled by itself. */
export const sheltered = (): CancellationScope =>
  new CancellationScope({ cancellable: true, parent: new CancellationScope({ cancellable: false }) });
