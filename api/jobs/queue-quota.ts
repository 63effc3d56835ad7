import { ApiError } from '../http/api-error.ts';

/** How long a count of waiting jobs is believed (milliseconds): other servers submit too. */
const BELIEVED_MS = 10_000;

/** After which a caller whose queue is full may try again (seconds). */
const RETRY_AFTER_S = 30;

interface Room {
  left: number;
  countedAt: number;
}

/**
 * How many more jobs an owner may leave waiting. It is counted only when the room may have run out, so that submitting
 * stays quick; several servers together may let a few more through than `max`.
 */
export class QueueRoom {
  readonly #max: number;
  readonly #count: (owner: string) => Promise<number>;
  readonly #rooms = new Map<string, Promise<Room>>();

  /** `count` answers how many jobs of an owner wait. */
  constructor(max: number, count: (owner: string) => Promise<number>) {
    this.#max = max;
    this.#count = count;
  }

  /** Takes the place of one job; false when there is none. */
  async take(owner: string): Promise<boolean> {
    const known = await this.#rooms.get(owner)?.catch(() => undefined);
    if (known !== undefined && known.left > 0 && performance.now() - known.countedAt < BELIEVED_MS) {
      known.left -= 1;
      return true;
    }
    const room = await this.#recount(owner);
    room.left -= 1;
    return room.left >= 0;
  }

  #recount(owner: string): Promise<Room> {
    const counted = this.#count(owner).then((waiting) => ({ left: this.#max - waiting, countedAt: performance.now() }));
    this.#rooms.set(owner, counted);
    counted.catch(() => this.#rooms.delete(owner));
    return counted;
  }
}

/** 429 for an owner who has as many jobs, or worktrees, waiting as one may have. */
export const queueFull = (max: number, what = 'jobs'): ApiError =>
  new ApiError('queue_full', `${max} of your ${what} are queued already`).withHeaders({
    'retry-after': String(RETRY_AFTER_S),
  });
