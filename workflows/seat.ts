import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  isCancellation,
  sleep,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { SeatTaken } from '../contract/workflow/seat.ts';
import { ask, settle, sheltered, type Asking, type SeatEnd, type SeatRequest } from './seat-request.ts';
import { throwBug } from './bug.ts';
import { isHostLoss, refusal } from './host-loss.ts';
import { Pause } from './pause.ts';
import { MAX_HOSTS_LOST, SAME_DISK_S } from './activity-options.ts';

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

/**
 * Runs `body` on a host that has room for the job, for as long as that host holds the seat. When the host is lost,
 * what ran under it is cancelled and `body` runs again from its start on another host.
 * A body that throws a Pause runs again when that is over, where its files are if a host there has room in time.
 * Throws `expired` when no host took the job in time and `host_lost` after MAX_HOSTS_LOST hosts.
 */
export async function withSeat<T>(request: SeatRequest, body: (seat: Seat) => Promise<T>): Promise<T> {
  let attempt = 0;
  let seq = 0;
  let hostsLost = 0;
  /** Where a job that was paused has its files; other hosts would have to begin anew. */
  let sameDisk: Pick<SeatRequest, 'disk' | 'ttl_s'> | undefined;
  for (let asking = 1; ; asking++) {
    const asked = ask({ ...request, ...sameDisk }, asking, attempt > 0, seq);
    try {
      await condition(() => asked.taken !== undefined || asked.over);
    } catch (error) {
      throwBug(error);
      await CancellationScope.nonCancellable(() => settle(asked));
      throw error;
    }
    if (asked.taken === undefined) {
      const refused = refusal((await settle(asked)).error, request.disk !== undefined);
      if (refused && sameDisk === undefined) throw refused;
      if (refused) sameDisk = undefined;
      continue;
    }
    sameDisk = undefined;
    const { disk } = asked.taken;
    const outcome = await hold(request, asked, asked.taken, ++attempt, body);
    if ('value' in outcome) return outcome.value;
    seq = Math.max(seq, outcome.seq);
    if (outcome.until !== undefined) {
      await sleep(Math.max(0, outcome.until - Date.now()));
      sameDisk = { disk, ttl_s: SAME_DISK_S };
    }
    if (outcome.silent && ++hostsLost >= MAX_HOSTS_LOST)
      throw ApplicationFailure.nonRetryable(`the job lost its worker ${hostsLost} times`, 'host_lost');
  }
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
  asked: Asking,
  taken: SeatTaken,
  attempt: number,
  body: (seat: Seat) => Promise<T>,
): Promise<{ value: T } | Interruption> {
  const work = new CancellationScope();
  asked.held.catch(() => work.cancel());
  const seat: Seat = {
    ...taken,
    attempt,
    get lost() {
      return asked.over;
    },
    whileHeld(last) {
      const scope = sheltered();
      asked.held.catch(() => scope.cancel());
      return scope.run(last);
    },
  };
  const end = async (): Promise<SeatEnd> => {
    const how = await CancellationScope.nonCancellable(() => settle(asked));
    if (how.report !== undefined) ended?.(how.report);
    return how;
  };
  try {
    const value = await work.run(() => body(seat));
    await end();
    return { value };
  } catch (error) {
    throwBug(error);
    const lost = isHostLoss(error) || (isCancellation(error) && asked.over);
    const { report, error: why } = await end();
    const seq = report?.seq ?? 0;
    if (error instanceof Pause) return { seq, silent: false, until: error.until };
    if (!lost) throw error;
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the job was cancelled');
    return { seq, silent: why instanceof ActivityFailure && why.cause instanceof TimeoutFailure };
  }
}
