import type { Logger } from '../contract/shared/logger.ts';
import type { StreamEvent } from '../contract/workflow/stream-events.ts';
import type { Spent } from '../contract/workflow/job-progress.ts';
import { eventsAfter, type EventLog } from '../events/event-log.ts';
import type { RedisRelay } from '../events/redis-relay.ts';
import { Bill } from './bill.ts';
import { EventLogState } from './event-log-state.ts';

/** Numbers left out in a stream that goes on at another disk: the lost host may have written more than it reported. */
const SEQ_MARGIN = 1_000;

type Relay = Pick<RedisRelay, 'publish'>;

/** Where events go. */
interface Ways {
  events: EventLog;
  log: Logger;
  /** Absent where nobody subscribes. */
  relay?: Relay | undefined;
}

/**
 * Writes one event stream, of a job or a session, from this host. A log that cannot be written costs the events, never
 * the work.
 */
export class EventWriter {
  readonly #events: EventLog;
  readonly #state: EventLogState;
  readonly #stream: string;
  readonly #run: number;
  readonly #warned = new Set<string>();
  readonly #relay: Relay | undefined;
  readonly #bill: Bill;
  #seq: number;

  /** `run`: which answer in the stream the events belong to, from 1. `seq`: the last number that is taken. */
  constructor(
    { events, relay }: Ways,
    stream: string,
    { seq, run, bill, state }: { seq: number; run: number; bill: Bill; state: EventLogState },
  ) {
    this.#events = events;
    this.#state = state;
    this.#relay = relay;
    this.#stream = stream;
    this.#run = run;
    this.#bill = bill;
    this.#seq = seq;
  }

  /** Last sequence number of the stream. */
  get seq(): number {
    return this.#seq;
  }

  /** What agents have cost since what was reported of the stream when it was opened, by its events up to `seq`. */
  get spent(): Spent {
    return this.#bill.spent;
  }

  /** Adds what an agent has cost of which there are no events. */
  spend(spent: Spent): void {
    this.#bill.add(spent);
  }

  /** Appends events, by default to the answer for which the stream was opened. */
  async write(batch: readonly StreamEvent[], run = this.#run): Promise<void> {
    this.#relay?.publish(this.#stream, run, batch);
    try {
      this.#seq = await this.#events.append(this.#stream, [...batch], { first_seq: this.#seq + 1, run });
      this.#state.worked();
    } catch (error) {
      this.#state.failed(this.#stream, error, batch.length);
    }
    for (const event of batch) this.#bill.take(event);
  }

  /** Appends a warning for each of `messages` that was not written before. */
  async warn(messages: readonly string[]): Promise<void> {
    const fresh = messages.filter((message) => !this.#warned.has(message));
    for (const message of fresh) this.#warned.add(message);
    if (fresh.length > 0) await this.write(fresh.map((message) => ({ type: 'warning', message })));
  }

  /** Drops the fragments of complete blocks; called at the end of a run. */
  async compact(): Promise<void> {
    try {
      await this.#events.compact(this.#stream);
    } catch (error) {
      this.#state.failed(this.#stream, error);
    }
  }
}

/** The event streams that this host writes, by the id of the job or session. */
export class EventWriters {
  readonly #ways: Ways;
  readonly #state: EventLogState;
  readonly #open = new Map<string, EventWriter>();

  constructor(ways: Ways) {
    this.#ways = ways;
    this.#state = new EventLogState(ways.log);
  }

  /**
   * Opens a stream for its answer `run`, which is 1 for a job. Another host has reported events up to `seen`: it goes
   * on well after that where this log does not have them.
   */
  async open(stream: string, seen: number, run = 1): Promise<EventWriter> {
    const here = await this.#ways.events.last(stream).catch((error: unknown) => {
      this.#state.failed(stream, error);
      return 0;
    });
    const seq = here >= seen ? here : seen + SEQ_MARGIN;
    const bill = new Bill();
    if (here > seen) await this.#takeUnreported(bill, stream, seen, run);
    const writer = new EventWriter(this.#ways, stream, { seq, run, bill, state: this.#state });
    this.#open.set(stream, writer);
    return writer;
  }

  /** A host that was lost has written more than it could report. */
  async #takeUnreported(bill: Bill, stream: string, seen: number, run: number): Promise<void> {
    const { events, log } = this.#ways;
    try {
      for await (const logged of eventsAfter(events, stream, seen)) if (logged.run === run) bill.take(logged.event);
    } catch (error) {
      log.warn({ stream, error }, 'could not read what an agent has cost from the event log');
    }
  }

  /** Appends events, of answer `run`, to a stream that this host has, whether or not it is open. */
  async note(stream: string, batch: readonly StreamEvent[], run: number): Promise<void> {
    const open = this.#open.get(stream);
    if (open !== undefined) return open.write(batch, run);
    await this.#ways.events.append(stream, [...batch], { run });
  }

  /** The writer of an open stream. */
  of(stream: string): EventWriter {
    const writer = this.#open.get(stream);
    if (writer === undefined) throw new Error(`the event stream ${stream} is not open on this host`);
    return writer;
  }

  /** Forgets a writer, unless its stream was opened again since. */
  close(stream: string, writer: EventWriter): void {
    if (this.#open.get(stream) === writer) this.#open.delete(stream);
  }
}
