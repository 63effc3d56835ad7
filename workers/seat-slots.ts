import type { ActivitySlotInfo, CustomSlotSupplier, SlotPermit } from '@temporalio/worker';
import { deferred } from '../contract/deferred.ts';

interface SeatPermit {
  queue: string;
  used: boolean;
}

/**
 * One limit of activity slots shared by the workers of several task queues. The SDK reserves a slot before it polls, so
 * a naive limit would let the poll of one idle queue keep a slot from the others for ever. Here only slots that run a
 * task count: a worker may poll while fewer than `limit` do. With one poller per queue at most one task per queue can
 * come too many; it waits inside its activity.
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
    // Asking again means that this queue's one poll has come back: what it was given is in use, or was released.
    for (const permit of this.#permits) if (permit.queue === queue) permit.used = true;
    const aborted = deferred();
    const abort = (): void => aborted.resolve();
    signal.addEventListener('abort', abort, { once: true });
    try {
      while (!signal.aborted && this.#used() >= this.#limit)
        await Promise.race([this.#changed.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
    signal.throwIfAborted();
    const permit: SeatPermit = { queue, used: false };
    this.#permits.add(permit);
    return permit as unknown as SlotPermit;
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

  #used(): number {
    return [...this.#permits].filter(({ used }) => used).length;
  }
}
