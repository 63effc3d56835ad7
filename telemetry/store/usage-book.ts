import { sql, type RawBuilder, type Selectable } from 'kysely';
import type { UsageEntry, UsageGroup, UsageQuery, UsageTotals } from '../../contract/http/usage.ts';
import { countTokens } from '../../contract/workflow/cost.ts';
import type { Postgres } from './postgres.ts';
import type { Tables, UsageRow } from './tables.ts';

/** Groups of one answer. */
const MAX_GROUPS = 1_000;

/** How far records have been read. */
interface ReadUntil {
  readUntil: Date;
  completeSince: Date;
}

const GROUPS: Readonly<Record<UsageQuery['group'], RawBuilder<string | null>>> = {
  profile: sql`profile`,
  repo: sql`repo_url`,
  key: sql`owner`,
  agent: sql`agent`,
  day: sql`to_char(ended_at at time zone 'UTC', 'YYYY-MM-DD')`,
};

/** What jobs, plans and runs have used, in PostgreSQL: kept for good. */
export class UsageBook {
  readonly #postgres: Postgres;

  constructor(postgres: Postgres) {
    this.#postgres = postgres;
  }

  /** Writes what has ended; what is written again stays as it is, unless it has ended anew since. */
  async write(entries: readonly UsageEntry[]): Promise<void> {
    const rows = entries.flatMap(rowOf);
    if (rows.length === 0) return;
    await this.#postgres.use((db) =>
      db
        .insertInto('agenticore_usage')
        .values(rows)
        .onConflict((found) =>
          found
            .column('id')
            .doUpdateSet((update) => {
              const columns = Object.keys(rows[0] ?? {}) as (keyof UsageRow)[];
              return Object.fromEntries(columns.map((column) => [column, update.ref(`excluded.${column}`)]));
            })
            .whereRef('agenticore_usage.ended_at', '<=', sql`excluded.ended_at`),
        )
        .execute(),
    );
  }

  /** What is known of the owner's job, plan or run; undefined where nothing is. */
  async find(id: string, owner: string): Promise<UsageEntry | undefined> {
    return this.#postgres.use(async (db) => {
      const query = db.selectFrom('agenticore_usage').selectAll().where('id', '=', id).where('owner', '=', owner);
      const row = await query.executeTakeFirst();
      return row && entryOf(row);
    });
  }

  /** What the runs of the owner's session have used. */
  async ofSession(id: string, owner: string): Promise<UsageTotals> {
    const [group] = await this.#sums(sql`''`, sql`session_id = ${id} and owner = ${owner}`);
    const { key: _key, ...totals } = group ?? NOTHING;
    return totals;
  }

  /** What the owner's have used that ended in that time. */
  async groups(owner: string, { group, since, until }: UsageQuery): Promise<UsageGroup[]> {
    const from = since === undefined ? sql`true` : sql`ended_at >= ${since}::timestamptz`;
    const to = until === undefined ? sql`true` : sql`ended_at < ${until}::timestamptz`;
    return this.#sums(GROUPS[group], sql`owner = ${owner} and ${from} and ${to}`);
  }

  /** How far the records of `namespace` have been read; undefined before the first time. */
  async readUntil(namespace: string): Promise<ReadUntil | undefined> {
    return this.#postgres.use(async (db) => {
      const query = db.selectFrom('agenticore_read_until').selectAll().where('namespace', '=', namespace);
      const row = await query.executeTakeFirst();
      return row && { readUntil: row.read_until, completeSince: row.complete_since };
    });
  }

  async setReadUntil(namespace: string, { readUntil, completeSince }: ReadUntil): Promise<void> {
    const times = { read_until: readUntil.toISOString(), complete_since: completeSince.toISOString() };
    await this.#postgres.use((db) =>
      db
        .insertInto('agenticore_read_until')
        .values({ namespace, ...times })
        .onConflict((found) => found.column('namespace').doUpdateSet(times))
        .execute(),
    );
  }

  async #sums(key: RawBuilder<string | null>, where: RawBuilder<unknown>): Promise<UsageGroup[]> {
    const counted = sql<Record<Exclude<keyof UsageGroup, 'usage'> | keyof UsageGroup['usage'], string | null>>`
      select ${key} as key, count(*) as count, count(*) filter (where status = 'succeeded') as succeeded,
        count(*) filter (where cost_usd is null) as unpriced, sum(cost_usd) as cost_usd, sum(num_turns) as num_turns,
        sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens,
        sum(cache_read_tokens) as cache_read_tokens, sum(cache_creation_tokens) as cache_creation_tokens
      from agenticore_usage where ${where} group by 1 order by sum(cost_usd) desc nulls last limit ${sql.lit(MAX_GROUPS)}`;
    const { rows } = await this.#postgres.use((db) => counted.execute(db));
    return rows.map((row) => ({
      key: row.key,
      ...{ count: Number(row.count), succeeded: Number(row.succeeded), unpriced: Number(row.unpriced) },
      ...{ cost_usd: Number(row.cost_usd), num_turns: Number(row.num_turns) },
      usage: countTokens((name) => Number(row[name])),
    }));
  }
}

const NOTHING: UsageGroup = {
  ...{ key: null, count: 0, succeeded: 0, unpriced: 0, cost_usd: 0, num_turns: 0 },
  usage: countTokens(() => 0),
};

function rowOf({ usage, ended_at, ...entry }: UsageEntry): UsageRow[] {
  if (ended_at === null) return [];
  const {
    input_tokens = null,
    output_tokens = null,
    cache_read_tokens = null,
    cache_creation_tokens = null,
  } = usage ?? {};
  return [{ ...entry, ended_at, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens }];
}

const iso = (time: Date | null): string | null => time?.toISOString() ?? null;

function entryOf(row: Selectable<Tables['agenticore_usage']>): UsageEntry {
  const { updated_at: _updated, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, ...rest } = row;
  const tokens = { input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens };
  return {
    ...rest,
    kind: row.kind as UsageEntry['kind'],
    usage: input_tokens === null ? null : countTokens((name) => Number(tokens[name])),
    cost_usd: row.cost_usd === null ? null : Number(row.cost_usd),
    created_at: row.created_at.toISOString(),
    started_at: iso(row.started_at),
    ended_at: iso(row.ended_at),
  };
}
