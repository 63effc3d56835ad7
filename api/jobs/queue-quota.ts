import type { ServiceContext } from '../context.ts';
import { ApiError } from '../http/api-error.ts';
import { countExecutions } from '../temporal/visibility.ts';

/** How long a count of queued workflows is used (milliseconds): other servers submit too. */
const COUNT_MS = 10_000;

/** After which a caller whose queue is full may try again (seconds). */
const RETRY_AFTER_S = 30;

interface Room {
  left: number;
  countedAt: number;
}

/**
 * How many more jobs, or worktrees, an owner may have in the queue. They are counted only when the room may have run
 * out, so that submitting stays quick; several servers together may let a few more through than
 * AGENTICORE_MAX_QUEUED_JOBS. Without search attributes nobody can count an owner's jobs, so there is no limit.
 */
export class QueueQuota {
  readonly #context: ServiceContext;
  readonly #what: 'jobs' | 'worktrees';
  readonly #select: (owner: string) => string;
  readonly #rooms = new Map<string, Promise<Room>>();

  /** `select` is the visibility filter of what an owner has in the queue. */
  constructor(context: ServiceContext, what: 'jobs' | 'worktrees', select: (owner: string) => string) {
    this.#context = context;
    this.#what = what;
    this.#select = select;
  }

  /** Takes one place in the queue. Throws 429 `queue_full` when there is none. */
  async take(owner: string): Promise<void> {
    const known = await this.#rooms.get(owner)?.catch(() => undefined);
    const isUsable = known !== undefined && known.left > 0 && performance.now() - known.countedAt < COUNT_MS;
    const room = isUsable ? known : await this.#recount(owner);
    room.left -= 1;
    if (room.left >= 0) return;
    const message = `${this.#context.config.maxQueuedJobs} of your ${this.#what} are queued already`;
    throw new ApiError('queue_full', message).withHeaders({ 'retry-after': String(RETRY_AFTER_S) });
  }

  #recount(owner: string): Promise<Room> {
    const room = this.#count(owner);
    this.#rooms.set(owner, room);
    room.catch(() => this.#rooms.delete(owner));
    return room;
  }

  async #count(owner: string): Promise<Room> {
    const { client, index, config } = this.#context;
    const queued = index.searchable ? await countExecutions(client, this.#select(owner)) : 0;
    return { left: config.maxQueuedJobs - queued, countedAt: performance.now() };
  }
}
