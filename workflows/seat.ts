import { CancellationScope, CancelledFailure, condition, isCancellation, sleep } from '@temporalio/workflow';
import type { SeatTaken } from '../contract/workflow/seat.ts';
import {
  MAX_HOSTS_LOST,
  MAX_HOSTS_OUTDATED,
  NEEDED_PROTOCOL,
  outdatedHostPauseMs,
  SAME_DISK_S,
} from './activity-options.ts';
import { Pause, throwBug } from './errors.ts';
import { hostLost, hostsOutdated, isHostLoss, isSilence, refusal } from './host-loss.ts';
import { requestSeat, settle, sheltered, type RequestedSeat, type SeatRequest } from './seat-request.ts';

/** A seat while its host holds it. */
export interface Seat extends SeatTaken {
  /** 1 for the first host, one more for each that took over. */
  attempt: number;
  /** True once the host is lost: nothing more can be asked of it. */
  readonly lost: boolean;
  /**
   * Runs `body` also when the job is cancelled, but no longer than the host holds the seat: cancels what still runs
   * then.
   */
  whileHeld<T>(body: () => Promise<T>): Promise<T>;
}

/** What the requests and the seats so far mean for the next request. */
type SoFar = Readonly<{
  requests: number;
  seats: number;
  /** The last sequence number that a host reported. */
  seq: number;
  hostsLost: number;
  hostsOutdated: number;
  prefer: SeatRequest['prefer'];
}>;

/**
 * Runs `body` on a host that has room for the job, for as long as that host holds the seat. When the host is lost,
 * what ran under it is cancelled and `body` runs again from its start on another host.
 * A body that throws a Pause runs again when that is over, where its files are if a host there has room in time.
 * A host of an older version than this code needs gives the seat back at once.
 * Throws `expired` when no host took the job in time, `host_lost` after MAX_HOSTS_LOST hosts and `host_outdated` after
 * MAX_HOSTS_OUTDATED.
 */
export async function withSeat<T>(request: SeatRequest, body: (seat: Seat) => Promise<T>): Promise<T> {
  let soFar: SoFar = { requests: 0, seats: 0, seq: 0, hostsLost: 0, hostsOutdated: 0, prefer: request.prefer };
  for (;;) {
    const number = { asking: soFar.requests + 1, again: soFar.seats > 0, seq: soFar.seq };
    // A later host finds what an earlier one has begun.
    const ahead = soFar.seats === 0 ? request.ahead : undefined;
    const requested = requestSeat({ ...request, ahead, prefer: soFar.prefer }, number);
    const taken = await takenBy(requested);
    soFar = { ...soFar, requests: number.asking };
    if (taken === undefined) soFar = afterRefusal(request, soFar, (await settle(requested)).error);
    else if (taken.protocol < NEEDED_PROTOCOL) soFar = await afterOutdated(soFar, requested);
    else {
      soFar = { ...soFar, seats: soFar.seats + 1, prefer: undefined };
      const outcome = await hold(request, requested, { ...taken, attempt: soFar.seats }, body);
      if ('value' in outcome) return outcome.value;
      soFar = await afterInterruption(soFar, taken, outcome);
    }
  }
}

/** The host that took the seat; undefined where none did. */
async function takenBy(requested: RequestedSeat): Promise<SeatTaken | undefined> {
  try {
    await condition(() => requested.taken !== undefined || requested.over);
  } catch (error) {
    throwBug(error);
    await settle(requested);
    throw error;
  }
  return requested.taken;
}

/** The next request asks without the preference; throws where this one had none and no host had room in time. */
function afterRefusal({ disk }: SeatRequest, soFar: SoFar, error: unknown): SoFar {
  const refused = refusal(error, disk !== undefined);
  if (refused === undefined) return soFar;
  if (soFar.prefer === undefined) throw refused;
  return { ...soFar, prefer: undefined };
}

/** Waits a moment, so that a newer host may take the seat that this one gives back. */
async function afterOutdated(soFar: SoFar, requested: RequestedSeat): Promise<SoFar> {
  await settle(requested);
  if (soFar.hostsOutdated + 1 >= MAX_HOSTS_OUTDATED) throw hostsOutdated(soFar.hostsOutdated + 1);
  await sleep(outdatedHostPauseMs(soFar.hostsOutdated), { summary: 'lets a newer host take the seat' });
  return { ...soFar, hostsOutdated: soFar.hostsOutdated + 1 };
}

async function afterInterruption(soFar: SoFar, { disk }: SeatTaken, by: Interruption): Promise<SoFar> {
  const seq = Math.max(soFar.seq, by.seq);
  const lost = soFar.hostsLost + (by.silent ? 1 : 0);
  if (by.silent && lost >= MAX_HOSTS_LOST) throw hostLost(lost);
  if (by.until === undefined) return { ...soFar, seq, hostsLost: lost };
  await sleep(Math.max(0, by.until - Date.now()), { summary: "waits for the end of the model's limit" });
  return { ...soFar, seq, prefer: { disk, for_s: SAME_DISK_S } };
}

/**
 * The outcome of `body`, after `leave` was told of it (undefined, or what was thrown). `leave` runs also when the job
 * was cancelled, but not on a host that is lost, and no longer than it holds the seat: nobody is there to do what it
 * asks. Nor does it run after a bug: the host is left as it is, for the mended code to go on with.
 */
export async function thenLeave<T>(
  seat: Seat,
  body: () => Promise<T>,
  leave: (thrown?: unknown) => Promise<void>,
): Promise<T> {
  let value: T;
  try {
    value = await body();
  } catch (error) {
    throwBug(error);
    if (!seat.lost && !isHostLoss(error)) await seat.whileHeld(() => leave(error));
    throw error;
  }
  if (!seat.lost) await seat.whileHeld(() => leave());
  return value;
}

/**
 * Why `body` is to run again: its host was lost (`silent`: it died, it did not say so), or it is to go on at `until`.
 */
interface Interruption {
  seq: number;
  silent: boolean;
  until?: number;
}

/** One seat from taking to end: the value of `body`, or what it was interrupted by. */
async function hold<T>(
  { ended }: SeatRequest,
  requested: RequestedSeat,
  taken: SeatTaken & { attempt: number },
  body: (seat: Seat) => Promise<T>,
): Promise<{ value: T } | Interruption> {
  const work = new CancellationScope();
  requested.held.catch(() => work.cancel());
  const end = async (): Promise<{ seq: number; silent: boolean }> => {
    const { report, error } = await settle(requested);
    if (report !== undefined) ended?.(report);
    return { seq: report?.seq ?? 0, silent: isSilence(error) };
  };
  try {
    const value = await work.run(() => body(seatOf(requested, taken)));
    await end();
    return { value };
  } catch (error) {
    throwBug(error);
    const lost = isHostLoss(error) || (isCancellation(error) && requested.over);
    const { seq, silent } = await end();
    if (error instanceof Pause) return { seq, silent: false, until: error.until };
    if (!lost) throw error;
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the job was cancelled');
    return { seq, silent };
  }
}

const seatOf = (requested: RequestedSeat, taken: SeatTaken & { attempt: number }): Seat => ({
  ...taken,
  get lost() {
    return requested.over;
  },
  whileHeld(body) {
    const scope = sheltered();
    requested.held.catch(() => scope.cancel());
    return scope.run(body);
  },
});
