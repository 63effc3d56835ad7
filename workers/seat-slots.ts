import type { ActivitySlotInfo, CustomSlotSupplier, SlotPermit } from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DiskRoom } from '../processes/disk-room.ts';
import { deferred } from '../contract/shared/deferred.ts';

/** How often a host without room looks whether it has some again (milliseconds). */
const LOOK_AGAIN_MS = 3_000;

/** A slot that is reserved. */
interface Reservation {
  queue: string;
  /** Whether it runs a task; else its worker polls with it, or will. */
  used: boolean;
}

/**
 * One limit of activity slots shared by the workers of several task queues. The SDK reserves slots before it polls, so
 * a naive limit would let the poll of one idle queue keep a slot from the others for ever. Here a slot that only polls
 * counts for its own queue alone: each queue may have what the running tasks leave. The polls of two queues can thus
 * bring one task too many; it waits inside its activity. While the disk has no room for a job there are no slots.
 */
export class SeatSlots implements CustomSlotSupplier<ActivitySlotInfo> {
  readonly type = 'custom';
  readonly #limit: number;
  readonly #room: Pick<DiskRoom, 'shortage'>;
  readonly #reserved = new Map<SlotPermit, Reservation>();
  #changed = deferred();

  constructor(limit: number, room: Pick<DiskRoom, 'shortage'>) {
    this.#limit = limit;
    this.#room = room;
  }

  async reserveSlot({ taskQueue: queue }: { taskQueue: string }, signal: AbortSignal): Promise<SlotPermit> {
    const aborted = deferred();
    const abort = (): void => aborted.resolve();
    signal.addEventListener('abort', abort, { once: true });
    try {
      while (!signal.aborted) {
        if (this.#taken(queue) >= this.#limit) await Promise.race([this.#changed.promise, aborted.promise]);
        else if ((await this.#room.shortage()) !== undefined)
          await Promise.race([sleep(LOOK_AGAIN_MS, undefined, { ref: false }), aborted.promise]);
        else if (this.#taken(queue) < this.#limit) break;
      }
    } finally {
      signal.removeEventListener('abort', abort);
    }
    signal.throwIfAborted();
    const permit: SlotPermit = {};
    this.#reserved.set(permit, { queue, used: false });
    return permit;
  }

  /** Eager activities are steps, never seats. */
  tryReserveSlot(): null {
    return null;
  }

  markSlotUsed({ permit }: { permit: SlotPermit }): void {
    const reservation = this.#reserved.get(permit);
    if (reservation !== undefined) reservation.used = true;
  }

  releaseSlot({ permit }: { permit: SlotPermit }): void {
    this.#reserved.delete(permit);
    this.#changed.resolve();
    this.#changed = deferred();
  }

  /** Slots that are not for `queue`: those that run a task, and those with which it polls (or will) already. */
  #taken(queue: string): number {
    return [...this.#reserved.values()].filter((slot) => slot.used || slot.queue === queue).length;
  }
}
