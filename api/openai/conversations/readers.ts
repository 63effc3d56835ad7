import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Logger } from '../../../contract/shared/logger.ts';
import type { Records } from './records.ts';

/** How long the clients of a run may be away before it is given up (milliseconds). */
const GRACE_MS = 10_000;

/** How often a server says which runs are read through it, and looks for those that are read no more (milliseconds). */
const LOOK_MS = 1_000;

/** A server that has not said so for so long is gone, and the clients with it (milliseconds). */
const SILENCE_MS = 5_000;

const LIST = 'readers';

const Reading = z.object({
  run_id: z.string(),
  owner: z.string(),
  /** Whether the run ends with its client, without a grace. */
  is_task: z.boolean(),
  has_left: z.boolean(),
  /** When the run is given up, unless a client is there (milliseconds since 1970). */
  due_at: z.number(),
});
type Reading = z.infer<typeof Reading>;

/** A run that is given up when nobody reads it. */
export type ReadRun = Pick<Reading, 'run_id' | 'owner' | 'is_task'>;

interface Parts {
  records: Records;
  /** Ends a run that nobody reads; answers whether it has ended. Asked again after the grace until it has. */
  giveUp: (run: ReadRun) => Promise<boolean>;
  log: Pick<Logger, 'warn'>;
}

/**
 * Who reads which run, as all servers know it: what clients of a server that was killed had asked for is given up by
 * the one that comes after it, unless they come back.
 */
export class Readers {
  readonly #parts: Parts;
  /** The runs that are read through this server, and how many clients do. */
  readonly #here = new Map<string, { run: ReadRun; clients: number }>();
  readonly #ending = new Set<string>();
  readonly #stop = new AbortController();
  /** Clients of a server that is gone get the grace from here on. */
  readonly #since = Date.now();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Looks for runs that nobody reads, until `close`. */
  async watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#look().catch((error: unknown) => this.#warn({ error }));
      await sleep(LOOK_MS, undefined, { ref: false, signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  async joined(run: ReadRun): Promise<void> {
    const { clients = 0 } = this.#here.get(run.run_id) ?? {};
    this.#here.set(run.run_id, { run, clients: clients + 1 });
    await this.#note(run, { has_left: false });
  }

  /** A client has all that the run says. */
  async done(run_id: string): Promise<void> {
    this.#here.delete(run_id);
    await this.#parts.records.remove(LIST, run_id);
  }

  /** A client has gone before that. */
  async left(run_id: string): Promise<void> {
    const here = this.#here.get(run_id);
    if (here === undefined || --here.clients > 0) return;
    this.#here.delete(run_id);
    await this.#note(here.run, { has_left: true, graceMs: here.run.is_task ? 0 : GRACE_MS });
  }

  /** Whether a client reads the run through this server. */
  has(run_id: string): boolean {
    return this.#here.has(run_id);
  }

  /** The runs whose clients have all gone before the end. */
  async lost(): Promise<ReadonlySet<string>> {
    const readings = await this.#list();
    const isLost = ({ run_id, has_left, due_at }: Reading): boolean =>
      !this.#here.has(run_id) && (has_left || due_at - Date.now() < GRACE_MS - SILENCE_MS);
    return new Set(readings.filter(isLost).map(({ run_id }) => run_id));
  }

  close(): void {
    this.#stop.abort();
  }

  async #look(): Promise<void> {
    await Promise.all([...this.#here.values()].map(({ run }) => this.#note(run, { has_left: false })));
    for (const reading of await this.#list()) if (this.#isOver(reading)) void this.#end(reading);
  }

  #isOver({ run_id, has_left, due_at }: Reading): boolean {
    if (this.#here.has(run_id) || this.#ending.has(run_id)) return false;
    return Date.now() > (has_left ? due_at : Math.max(due_at, this.#since + GRACE_MS));
  }

  async #end(run: Reading): Promise<void> {
    const { run_id } = run;
    this.#ending.add(run_id);
    try {
      const hasEnded = await this.#parts.giveUp(run).catch((error: unknown) => this.#warn({ run: run_id, error }));
      if (this.#here.has(run_id)) return;
      if (hasEnded === true) await this.#parts.records.remove(LIST, run_id);
      else await this.#note(run, { has_left: true });
    } catch (error) {
      this.#warn({ run: run_id, error });
    } finally {
      this.#ending.delete(run_id);
    }
  }

  async #note(
    { run_id, owner, is_task }: ReadRun,
    { has_left, graceMs = GRACE_MS }: { has_left: boolean; graceMs?: number },
  ): Promise<void> {
    const reading: Reading = { run_id, owner, is_task, has_left, due_at: Date.now() + graceMs };
    await this.#parts.records.put(LIST, run_id, reading);
  }

  async #list(): Promise<Reading[]> {
    const values = await this.#parts.records.read(LIST);
    return values.flatMap((value) => Reading.safeParse(value).data ?? []);
  }

  #warn(facts: object): void {
    this.#parts.log.warn(facts, 'could not end a run without readers');
  }
}
