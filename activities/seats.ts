import { randomUUID } from 'node:crypto';
import { deferred } from '../contract/shared/deferred.ts';
import { Failure } from '../contract/shared/failures.ts';
import type { AgentEvent } from '../contract/shared/events.ts';
import type { TurnAnswer } from '../contract/workflow/run-state.ts';
import { AgentWork, type WorkSeen } from './agent-work.ts';
import type { AgentAtWork } from '../contract/workflow/seat.ts';

/** Reason with which the work of a lost seat is aborted: runners kill at once, without grace. */
export const SEAT_LOST = Object.assign(new Failure('seat_lost', 'this worker no longer holds the job'), {
  kill: true as const,
});

/** An answer that the agent of a session is giving. */
export interface TurnUnderWay {
  run_id: string;
  answer: Promise<TurnAnswer>;
  /** Ends the answer, which keeps what was said. */
  interrupt: (reason: unknown) => void;
}

/** The right of one job to run on this host, while it lasts. */
export class HeldSeat {
  readonly token = randomUUID();
  readonly jobId: string;
  readonly takenAt = new Date().toISOString();
  /** The agent that answers under this seat, for who looks at it from outside. */
  agent: AgentAtWork | undefined;
  /** Whose job it is. */
  owner: string | undefined;
  readonly #seen = new AgentWork();
  readonly #released = deferred();
  readonly #stop = new AbortController();
  readonly #work = new Set<Promise<unknown>>();
  #lock: { release: () => void } | undefined;
  #ahead: TurnUnderWay | undefined;

  constructor(jobId: string) {
    this.jobId = jobId;
  }

  /** Takes note of what the agent does. */
  notice(event: AgentEvent): void {
    this.#seen.notice(event);
  }

  /** What the agent does, for who looks on. */
  get work(): WorkSeen {
    return this.#seen.now;
  }

  /** Aborts when the work under this seat is stopped. */
  get stopped(): AbortSignal {
    return this.#stop.signal;
  }

  /** Resolves when the seat was given back. */
  get released(): Promise<void> {
    return this.#released.promise;
  }

  /** Runs a step of the job. Its signal aborts when the work is stopped, the seat is lost, or `signal` aborts. */
  async run<T>(signal: AbortSignal, step: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#stop.signal.throwIfAborted();
    const work = step(AbortSignal.any([this.#stop.signal, signal]));
    this.#work.add(work);
    try {
      return await work;
    } finally {
      this.#work.delete(work);
    }
  }

  /** Aborts what runs (with `reason`), takes no further step, and resolves when nothing runs any more. */
  async stop(reason: unknown): Promise<void> {
    this.#stop.abort(reason);
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
  }

  /** Takes note of a turn that was begun before its step came. */
  goAhead(turn: TurnUnderWay): void {
    // The step that comes for it is told.
    turn.answer.catch(() => undefined);
    this.#ahead = turn;
  }

  /** Whether a turn was begun whose step has not come. */
  get isAhead(): boolean {
    return this.#ahead !== undefined;
  }

  /** The turn of `run_id`, where it was begun before its step came: once. */
  takeAhead(run_id: string): TurnUnderWay | undefined {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    return ahead?.run_id === run_id ? ahead : undefined;
  }

  /** Holds the lock that `take` gets for as long as the seat is held; taken once. False where `take` gets none. */
  async holdLock(take: () => Promise<{ release: () => void } | undefined>): Promise<boolean> {
    this.#lock ??= await take();
    return this.#lock !== undefined;
  }

  /** Lets go of what it held. To be called when nothing runs any more. */
  end(): void {
    this.#lock?.release();
    this.#lock = undefined;
  }

  /** Gives the seat back: its holder ends. */
  release(): void {
    this.#released.resolve();
  }
}

/** The seats of this host: at most `limit` are held at once. Whoever finds none free waits, in order. */
export class Seats {
  readonly limit: number;
  readonly #held = new Map<string, HeldSeat>();
  readonly #eviction = new AbortController();
  #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Aborts when this host gives up all its seats. */
  get evicted(): AbortSignal {
    return this.#eviction.signal;
  }

  /** Gives up all seats, so that other hosts take the jobs over. */
  evict(): void {
    this.#eviction.abort(SEAT_LOST);
  }

  /** Takes a seat as soon as one is free. Throws the signal's reason when it aborts first. */
  async take(jobId: string, signal: AbortSignal): Promise<HeldSeat> {
    while (this.#held.size >= this.limit) await this.#turn(signal);
    signal.throwIfAborted();
    const seat = new HeldSeat(jobId);
    this.#held.set(seat.token, seat);
    return seat;
  }

  /** How many are taken. */
  get taken(): number {
    return this.#held.size;
  }

  /** Whether no seat is free. */
  get areTaken(): boolean {
    return this.#held.size >= this.limit;
  }

  /** The seat that `token` names; `seat_lost` when this process does not hold it. */
  get(token: string): HeldSeat {
    const seat = this.#held.get(token);
    if (seat === undefined) throw SEAT_LOST;
    return seat;
  }

  /** Whether this process still may work under `token`. */
  holds(token: string): boolean {
    return this.#held.has(token);
  }

  /** Whether a seat of this process is that of the job or session. */
  holdsFor(jobId: string): boolean {
    return [...this.#held.values()].some((seat) => seat.jobId === jobId);
  }

  /** Ends a seat; the next that waits takes its place. */
  end(seat: HeldSeat): void {
    this.#held.delete(seat.token);
    seat.end();
    this.#waiting.shift()?.();
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = deferred();
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    this.#waiting.push(resolve);
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', abort);
      this.#waiting = this.#waiting.filter((waiter) => waiter !== resolve);
    }
  }
}
