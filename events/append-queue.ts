import type { StreamEvent } from '../contract/workflow/stream-events.ts';
import type { AppendOptions, EventMeter } from './event-log.ts';

/** One event that waits for its number. */
export interface Entry {
  /** Lowest number it may get. */
  min_seq: number;
  run: number;
  event: StreamEvent;
}

/** Writes entries at the end of a stream and answers the number each got. */
export type WriteEntries = (stream: string, entries: Entry[]) => Promise<number[]>;

interface Append {
  entries: Entry[];
  resolve(last: number): void;
  reject(error: unknown): void;
}

interface Lane {
  /** Appends that go with the next commit, null when none is queued. */
  next: Append[] | null;
  done: Promise<void>;
}

/** Orders the work on each stream; what is appended while one commit runs goes together with the next. */
export class AppendQueue {
  readonly #commit: WriteEntries;
  readonly #meter: EventMeter | undefined;
  readonly #lanes = new Map<string, Lane>();

  constructor(commit: WriteEntries, meter?: EventMeter) {
    this.#commit = commit;
    this.#meter = meter;
  }

  /** Number of the last of these events, of which there must be one; rejects as the commit does. */
  async append(stream: string, events: StreamEvent[], options: AppendOptions): Promise<number> {
    const begun = performance.now();
    const told = (outcome: 'written' | 'failed'): void =>
      this.#meter?.appended((performance.now() - begun) / 1_000, outcome);
    try {
      const last = await this.#enqueue(stream, events, options);
      told('written');
      return last;
    } catch (error) {
      told('failed');
      throw error;
    }
  }

  #enqueue(stream: string, events: StreamEvent[], options: AppendOptions): Promise<number> {
    const { first_seq = 0, run = 1 } = options;
    const entries = events.map((event, index) => ({ min_seq: index === 0 ? first_seq : 0, run, event }));
    return new Promise((resolve, reject) => {
      const append = { entries, resolve, reject };
      const lane = this.#lane(stream);
      if (lane.next) {
        lane.next.push(append);
        return;
      }
      lane.next = [append];
      void this.exclusive(stream, () => this.#flush(stream, lane));
    });
  }

  /** Runs `task` after all that was asked of the stream before, and before all that is asked later. */
  exclusive<T>(stream: string, task: () => Promise<T>): Promise<T> {
    const lane = this.#lane(stream);
    const result = lane.done.then(task);
    const done = result.then(
      () => undefined,
      () => undefined,
    );
    lane.done = done;
    void done.then(() => {
      if (lane.done === done) this.#lanes.delete(stream);
    });
    return result;
  }

  /** Resolves when all that was asked so far has ended. */
  async idle(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.done));
  }

  #lane(stream: string): Lane {
    const known = this.#lanes.get(stream);
    if (known) return known;
    const lane: Lane = { next: null, done: Promise.resolve() };
    this.#lanes.set(stream, lane);
    return lane;
  }

  async #flush(stream: string, lane: Lane): Promise<void> {
    const appends = lane.next ?? [];
    lane.next = null;
    try {
      const seqs = await this.#commit(
        stream,
        appends.flatMap((append) => append.entries),
      );
      let count = 0;
      for (const append of appends) {
        count += append.entries.length;
        append.resolve(seqs[count - 1] ?? 0);
      }
    } catch (error) {
      for (const append of appends) append.reject(error);
    }
  }
}
