import type { ActivitySlotInfo, CustomSlotSupplier, SlotPermit } from '@temporalio/worker';
import { deferred } from '../contract/deferred.ts';

interface SeatPermit {
  queue: string;
  used: boolean;
}

/**
 * One limit of activity slots shared by the workers of several task queues. The SDK reserves slots before it polls, so
 * a naive limit would let the poll of one idle queue keep a slot from the others for ever. Here a slot that only polls
 * counts for its own queue alone: each queue may have what the running tasks leave. The polls of two queues can thus
 * bring one task too many; it waits inside its activity.
 */
export class SeatSlots implements CustomSlotSupplier<ActivitySlotInfo> {
  readonly type = 'custom';
  readonly #limit: number;
  readonly #permits = new Set<SeatPermit>();
  #changed = deferred();

  constructor(limit: number) {
    this.#limit = limit;
  }

  async reserveSlot({ taskQueue: queue }: { taskQueue: string }, signal: AbortSignal): Promise<SlotPermit> {
    const aborted = deferred();
    const abort = (): void => aborted.resolve();
    signal.addEventListener('abort', abort, { once: true });
    try {
      while (!signal.aborted && this.#taken(queue) >= this.#limit)
        await Promise.race([this.#changed.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
    signal.throwIfAborted();
    const permit: SeatPermit = { queue, used: false };
    this.#permits.add(permit);
    return permit;
  }

  /** Eager activities are steps, never seats. */
  tryReserveSlot(): null {
    return null;
  }

  markSlotUsed({ permit }: { permit: SlotPermit }): void {
    (permit as unknown as SeatPermit).used = true;
  }

  releaseSlot({ permit }: { permit: SlotPermit }): void {
    this.#permits.delete(permit as unknown as SeatPermit);
    this.#changed.resolve();
    this.#changed = deferred();
  }

  /** Slots that are not for `queue`: those that run a task, and those with which it polls (or will) already. */
  #taken(queue: string): number {
    return [...this.#permits].filter((permit) => permit.used || permit.queue === queue).length;
  }
}
