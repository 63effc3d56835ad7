import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import type { Logger } from '../../contract/shared/logger.ts';
import { migrate } from './migrations.ts';
import type { Tables } from './tables.ts';

/** Connections of one process; how long one may take, and a query (milliseconds). */
const CONNECTIONS = 4;
const CONNECT_MS = 5_000;
const QUERY_MS = 30_000;

/** How long it is left alone after it did not answer, unless it took longer to find that out (milliseconds). */
const PAUSE_MS = 1_000;

/** PostgreSQL does not take queries now. */
export class PostgresAway extends Error {
  constructor() {
    super('PostgreSQL does not answer');
  }
}

/** The tables in PostgreSQL. It may be away at any time, from the start on: an outage is logged once. */
export class Postgres {
  readonly #url: string;
  readonly #log: Pick<Logger, 'info' | 'warn'>;
  readonly #db: Kysely<Tables>;
  #opening: Promise<void> | undefined;
  #isReady = false;
  #isOut = false;
  #pauseUntil = 0;

  constructor(url: string, log: Pick<Logger, 'info' | 'warn'>) {
    this.#url = url;
    this.#log = log;
    const pool = new pg.Pool({
      connectionString: url,
      max: CONNECTIONS,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: QUERY_MS,
      application_name: 'agenticore',
      keepAlive: true,
      allowExitOnIdle: true,
    });
    // A connection was cut, in the pool or in use: its query tells.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    this.#db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  }

  /** What `work` answers. Throws `PostgresAway`, at once while an outage lasts; an error of the data as it is. */
  async use<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      await this.#open();
      const answer = await work(this.#db);
      if (this.#isOut) this.#log.info({}, 'PostgreSQL answers again');
      this.#isOut = false;
      return answer;
    } catch (error) {
      if (error instanceof PostgresAway || isOfData(error)) throw error;
      this.#fail(error, performance.now() - begun);
      throw new PostgresAway();
    }
  }

  /** The same, by one process at a time: undefined where another one is at the work called `name`. */
  async alone<T>(name: string, work: (inside: Transaction<Tables>) => Promise<T>): Promise<T | undefined> {
    return this.use((db) =>
      db.transaction().execute(async (inside) => {
        const lock = sql<{ taken: boolean }>`select pg_try_advisory_xact_lock(hashtext(${name})) as taken`;
        const { rows } = await lock.execute(inside);
        return rows[0]?.taken === true ? work(inside) : undefined;
      }),
    );
  }

  async close(): Promise<void> {
    await this.#db.destroy();
  }

  async #open(): Promise<void> {
    if (this.#isReady) return;
    if (performance.now() < this.#pauseUntil) throw new PostgresAway();
    this.#opening ??= migrate(this.#db).finally(() => (this.#opening = undefined));
    await this.#opening;
    this.#isReady = true;
  }

  #fail(error: unknown, tookMs: number): void {
    this.#isReady = false;
    this.#pauseUntil = performance.now() + Math.max(PAUSE_MS, tookMs);
    if (!this.#isOut)
      this.#log.warn({ reason: reasonOf(error, this.#url) }, 'PostgreSQL does not answer; jobs are not affected');
    this.#isOut = true;
  }
}

/** SQLSTATE of values that cannot be stored: data exceptions, constraints, limits of the program. */
export function isOfData(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' && /^(22|23|54)...$/.test(code);
}

/** Why, without the password. */
function reasonOf(error: unknown, url: string): string {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  const reason = [code, message].filter((part) => typeof part === 'string' && part !== '').join(': ');
  const { password } = new URL(url);
  return [password, decodeURIComponent(password)].reduce(
    (text, secret) => (secret === '' ? text : text.replaceAll(secret, '***')),
    reason,
  );
}
