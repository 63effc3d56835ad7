import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../contract/shared/logger.ts';
import type { Shipment, Spool, Spooled } from './spool.ts';

/** Who gets shipments. */
export interface Destination {
  name: string;
  /**
   * Sends all that belongs to the shipment, in place of what was sent of it before. `later`: it cannot be known yet, as
   * of a job that goes on. Throws NotWanted for what will never be taken, and anything else where nothing is taken now.
   */
  deliver(shipment: Shipment, signal: AbortSignal): Promise<'done' | 'later'>;
}

/** The destination is there and says that it does not want the shipment, whenever it comes. */
export class NotWanted extends Error {}

/** What became of attempts, for Prometheus. */
export type DeliveryOutcome = 'delivered' | 'failed' | 'dropped';

interface CourierOptions {
  spool: Spool;
  destination: Destination;
  /** The names of all destinations. */
  all: readonly string[];
  /** Most shipments that wait, of less than 1 KiB each; then the oldest go. */
  most: number;
  log: Logger;
  count: (destination: string, outcome: DeliveryOutcome) => void;
}

/** How long is waited after a failure, and before a job that goes on is asked about again (milliseconds). */
const FIRST_PAUSE_MS = 250;
const LONGEST_OUTAGE_PAUSE_MS = 30_000;
const LONGEST_LATER_PAUSE_MS = 30_000;

/** How long a delivery that is under way is waited for at the end (milliseconds). */
const CLOSE_MS = 1_000;

const pauseMs = (tries: number, longest: number): number =>
  Math.min(longest, FIRST_PAUSE_MS * 2 ** Math.min(tries, 20));

/** Brings shipments to one destination in the background, the oldest first, until it is closed. */
export class Courier {
  readonly #options: CourierOptions;
  readonly #over = new AbortController();
  /** Shipments that could not be known yet, by the file: how often was asked, and when to ask again. */
  readonly #later = new Map<string, { tries: number; at: number }>();
  /** Attempts that failed since the last that did not. */
  #failures = 0;
  #isOverfull = false;
  #wake = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: CourierOptions) {
    this.#options = options;
    options.spool.onNote(() => this.#wake.abort());
    this.#running = this.#run();
  }

  /** Resolves soon. What was not delivered, or is not known to be, stays in the spool. */
  async close(): Promise<void> {
    this.#over.abort();
    this.#wake.abort();
    await Promise.race([this.#running, sleep(CLOSE_MS, undefined, { ref: false })]);
  }

  async #run(): Promise<void> {
    const { log, destination } = this.#options;
    while (!this.#over.signal.aborted) {
      this.#wake = new AbortController();
      const pause = await this.#round().catch((error: unknown) => {
        log.warn({ destination: destination.name, error }, 'could not read what is to be sent');
        return LONGEST_LATER_PAUSE_MS;
      });
      // News do not shorten the wait for a destination that is away.
      const until = this.#failures > 0 ? this.#over.signal : AbortSignal.any([this.#wake.signal, this.#over.signal]);
      await sleep(pause, undefined, { signal: until, ref: false }).catch(() => undefined);
    }
  }

  /** Tries what is due; answers how long there is nothing to do (milliseconds). */
  async #round(): Promise<number> {
    const { spool, destination } = this.#options;
    const waiting = (await spool.list()).filter(({ shipment }) => !shipment.done.includes(destination.name));
    this.#forget(waiting);
    const due = await this.#within(waiting);
    for (const item of due) {
      if (this.#over.signal.aborted) return 0;
      if ((this.#later.get(item.file)?.at ?? 0) > Date.now()) continue;
      if (!(await this.#try(item))) return pauseMs(this.#failures, LONGEST_OUTAGE_PAUSE_MS);
    }
    const next = Math.min(...[...this.#later.values()].map(({ at }) => at - Date.now()), LONGEST_LATER_PAUSE_MS);
    return Math.max(next, 10);
  }

  /** False where the destination takes nothing now. */
  async #try(item: Spooled): Promise<boolean> {
    const { spool, destination, all, log, count } = this.#options;
    try {
      if ((await destination.deliver(item.shipment, this.#over.signal)) === 'later') {
        const tries = (this.#later.get(item.file)?.tries ?? 0) + 1;
        this.#later.set(item.file, { tries, at: Date.now() + pauseMs(tries - 1, LONGEST_LATER_PAUSE_MS) });
        return true;
      }
      await spool.mark(item, destination.name, all);
      count(destination.name, 'delivered');
      if (this.#failures > 0)
        log.info({ destination: destination.name }, `${destination.name} takes what is sent again`);
      this.#failures = 0;
    } catch (error) {
      if (error instanceof NotWanted) await this.#give(item, error.message);
      else if (!this.#over.signal.aborted) this.#fail(error);
      return error instanceof NotWanted;
    }
    return true;
  }

  #fail(error: unknown): void {
    const { destination, log, count } = this.#options;
    count(destination.name, 'failed');
    this.#failures++;
    if (this.#failures > 1) return;
    const reason = (error as Error).message;
    log.warn({ destination: destination.name, reason }, `${destination.name} takes nothing; it is sent later`);
  }

  /** Gives a shipment up for this destination. */
  async #give(item: Spooled, reason: string): Promise<void> {
    const { spool, destination, all, log, count } = this.#options;
    const { id } = item.shipment;
    log.warn({ destination: destination.name, job: id, reason }, `${destination.name} does not take what it was sent`);
    count(destination.name, 'dropped');
    await spool.mark(item, destination.name, all);
  }

  /** What remains when the oldest of too many are dropped, which is said once. */
  async #within(waiting: readonly Spooled[]): Promise<readonly Spooled[]> {
    const { spool, destination, most, log, count } = this.#options;
    const tooMany = waiting.slice(0, Math.max(0, waiting.length - most));
    for (const item of tooMany) {
      await spool.drop(item);
      count(destination.name, 'dropped');
    }
    const isOverfull = tooMany.length > 0;
    if (isOverfull && !this.#isOverfull)
      log.warn(
        { destination: destination.name },
        `more than ${most} transcripts and traces wait; the oldest are dropped`,
      );
    this.#isOverfull = isOverfull;
    return waiting.slice(tooMany.length);
  }

  #forget(waiting: readonly Spooled[]): void {
    const files = new Set(waiting.map(({ file }) => file));
    for (const file of this.#later.keys()) if (!files.has(file)) this.#later.delete(file);
  }
}
