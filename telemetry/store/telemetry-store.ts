import { sql, type Kysely } from 'kysely';
import { decodeOtlp, OtlpMalformed } from '../otlp/codec.ts';
import type { OtlpRequests } from '../otlp/messages.ts';
import { Refused, type OtlpSink, type Signal } from '../otlp/sink.ts';
import { isOfData, type Postgres } from './postgres.ts';
import { logRows, pointRows, spanRows } from './rows.ts';
import type { LogRow, PointRow, SpanRow, Tables, TelemetryTable } from './tables.ts';

/** Rows of one statement: PostgreSQL takes 65,535 values. */
const BATCH = 500;

/** Rows that one statement deletes. */
const DELETED = 10_000;

const TABLES: readonly TelemetryTable[] = ['agenticore_spans', 'agenticore_metric_points', 'agenticore_logs'];

/** Keeps telemetry in PostgreSQL. What comes again is stored once; a span that comes again replaces the first. */
export class TelemetryStore implements OtlpSink {
  readonly #postgres: Postgres;

  constructor(postgres: Postgres) {
    this.#postgres = postgres;
  }

  async export(signal: Signal, request: Uint8Array): Promise<void> {
    await this.take(signal, read(signal, request));
  }

  /** Stores a request; answers how many of its records cannot be stored. Throws `PostgresAway`. */
  async take<S extends Signal>(signal: S, request: OtlpRequests[S]): Promise<number> {
    return this.#postgres.use((db) => TAKE[signal](db, request));
  }

  /** Deletes what was received before `before`; by one process at a time. */
  async prune(before: Date): Promise<void> {
    for (const table of TABLES) while ((await this.#deleteSome(table, before)) === DELETED);
  }

  /** Who has opened PostgreSQL closes it. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  async #deleteSome(table: TelemetryTable, before: Date): Promise<number | undefined> {
    return this.#postgres.alone('agenticore: retention', async (db) => {
      const old = sql`select ctid from ${sql.table(table)} where received_at < ${before.toISOString()} limit ${sql.lit(DELETED)}`;
      const gone = await sql`delete from ${sql.table(table)} where ctid = any(array(${old}))`.execute(db);
      return Number(gone.numAffectedRows ?? 0);
    });
  }
}

function read<S extends Signal>(signal: S, request: Uint8Array): OtlpRequests[S] {
  try {
    return decodeOtlp(signal, request, 'protobuf');
  } catch (error) {
    throw error instanceof OtlpMalformed ? new Refused(error.message) : error;
  }
}

type Take = { [S in Signal]: (db: Kysely<Tables>, request: OtlpRequests[S]) => Promise<number> };

const TAKE: Take = {
  async traces(db, request) {
    const { rows, refused } = spanRows(request);
    return refused + (await insert(rows, (some) => insertSpans(db, some)));
  },
  async metrics(db, request) {
    const write = (some: PointRow[]) => db.insertInto('agenticore_metric_points').values(some);
    return insert(pointRows(request).rows, (some) =>
      write(some)
        .onConflict((found) => found.column('id').doNothing())
        .execute(),
    );
  },
  async logs(db, request) {
    const write = (some: LogRow[]) => db.insertInto('agenticore_logs').values(some);
    return insert(logRows(request).rows, (some) =>
      write(some)
        .onConflict((found) => found.column('id').doNothing())
        .execute(),
    );
  },
};

const insertSpans = (db: Kysely<Tables>, rows: SpanRow[]): Promise<unknown> =>
  db
    .insertInto('agenticore_spans')
    .values(rows)
    .onConflict((found) =>
      found.columns(['trace_id', 'span_id']).doUpdateSet((update) => {
        const columns = Object.keys(rows[0] ?? {}) as (keyof SpanRow)[];
        return Object.fromEntries(columns.map((column) => [column, update.ref(`excluded.${column}`)]));
      }),
    )
    .execute();

/** Writes all rows, some at a time; answers how many PostgreSQL does not take, which do not keep the others out. */
async function insert<Row>(rows: Row[], write: (some: Row[]) => Promise<unknown>): Promise<number> {
  let refused = 0;
  for (let at = 0; at < rows.length; at += BATCH) refused += await insertOr(rows.slice(at, at + BATCH), write);
  return refused;
}

async function insertOr<Row>(rows: Row[], write: (some: Row[]) => Promise<unknown>): Promise<number> {
  try {
    await write(rows);
    return 0;
  } catch (error) {
    if (!isOfData(error)) throw error;
    if (rows.length <= 1) return rows.length;
    const half = Math.ceil(rows.length / 2);
    return (await insertOr(rows.slice(0, half), write)) + (await insertOr(rows.slice(half), write));
  }
}
