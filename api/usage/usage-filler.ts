import type { ServiceContext } from '../context.ts';
import type { Postgres } from '../../telemetry/store/postgres.ts';
import type { TelemetryStore } from '../../telemetry/store/telemetry-store.ts';
import type { UsageBook } from '../../telemetry/store/usage-book.ts';
import { keptSince } from '../temporal/retention.ts';
import { selectEnded } from '../temporal/visibility-query.ts';
import { endedUsage } from './ended.ts';

/** How often it is done in the background (milliseconds). */
const EVERY_MS = 60_000;

/** How far each time reaches back behind the last one: visibility is late, and clocks differ (milliseconds). */
const OVERLAP_MS = 15 * 60_000;

/** The same where somebody waits for the answer. */
const SHORT_OVERLAP_MS = 60_000;

const DAY_MS = 86_400_000;

/** Writes what has ended into the table of usage, from Temporal's records; deletes telemetry that is too old. */
export class UsageFiller {
  readonly #context: ServiceContext;
  readonly #parts: { postgres: Postgres; store: TelemetryStore; book: UsageBook };
  readonly #timer: NodeJS.Timeout;
  #filling: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(context: ServiceContext, parts: { postgres: Postgres; store: TelemetryStore; book: UsageBook }) {
    this.#context = context;
    this.#parts = parts;
    this.#timer = setInterval(() => void this.#upkeep(), EVERY_MS).unref();
    void this.#upkeep();
  }

  /** Resolves when all that had ended at the call is in the table. Throws `PostgresAway`. */
  async fill(): Promise<void> {
    if (this.#filling === undefined) return (this.#filling = this.#begin());
    // What runs may have looked before the call.
    this.#next ??= this.#filling.catch(() => undefined).then(() => (this.#filling = this.#begin()));
    return this.#next;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    return this.#fill(SHORT_OVERLAP_MS).finally(() => (this.#filling = undefined));
  }

  async #upkeep(): Promise<void> {
    const { postgres, store } = this.#parts;
    const { telemetryRetentionDays } = this.#context.config;
    // Postgres itself tells of an outage; Temporal's is told by all that is asked of it.
    await postgres.alone('agenticore: usage', () => this.#fill(OVERLAP_MS)).catch(() => undefined);
    await store.prune(new Date(Date.now() - telemetryRetentionDays * DAY_MS)).catch(() => undefined);
  }

  async #fill(overlapMs: number): Promise<void> {
    const { client } = this.#context;
    const { book } = this.#parts;
    const { namespace } = client.options;
    const begun = new Date();
    const before = await book.readUntil(namespace);
    const kept = await keptSince(client);
    const from = before && new Date(before.readUntil.getTime() - overlapMs);
    for await (const entries of endedUsage(client, selectEnded({ since: from }))) await book.write(entries);
    const isWhole = before !== undefined && before.readUntil > kept;
    await book.setReadUntil(namespace, { readUntil: begun, completeSince: isWhole ? before.completeSince : kept });
  }
}
