import { Migrator, sql, type Kysely, type Migration } from 'kysely';
import type { Tables } from './tables.ts';

const ORIGIN = sql`
  service text,
  scope text,
  job_id text,
  run_id text,
  session_id text,
  attributes jsonb not null,
  resource jsonb not null,
  received_at timestamptz not null default now()`;

const TABLES = [
  sql`create table agenticore_spans (
    trace_id text not null,
    span_id text not null,
    parent_span_id text,
    name text not null,
    kind text not null,
    started_at timestamptz,
    duration_ms double precision,
    status text not null,
    status_message text,
    events jsonb,
    links jsonb,
    ${ORIGIN},
    primary key (trace_id, span_id))`,
  sql`create table agenticore_metric_points (
    id uuid primary key,
    name text not null,
    kind text not null,
    unit text,
    started_at timestamptz,
    at timestamptz,
    value double precision,
    count double precision,
    sum double precision,
    min double precision,
    max double precision,
    details jsonb,
    ${ORIGIN})`,
  sql`create table agenticore_logs (
    id uuid primary key,
    at timestamptz,
    severity integer,
    severity_text text,
    event_name text,
    body jsonb,
    trace_id text,
    span_id text,
    ${ORIGIN})`,
  sql`create table agenticore_usage (
    id text primary key,
    kind text not null,
    session_id text,
    plan_id text,
    owner text not null,
    status text not null,
    error_code text,
    profile text not null,
    repo_url text,
    agent text,
    model text,
    input_tokens bigint,
    output_tokens bigint,
    cache_read_tokens bigint,
    cache_creation_tokens bigint,
    cost_usd numeric,
    num_turns integer,
    attempt integer not null,
    created_at timestamptz not null,
    started_at timestamptz,
    ended_at timestamptz not null,
    updated_at timestamptz not null default now())`,
  sql`create table agenticore_read_until (
    namespace text primary key,
    read_until timestamptz not null,
    complete_since timestamptz not null)`,
];

const INDEXES = [
  sql`create index agenticore_spans_started on agenticore_spans (started_at)`,
  sql`create index agenticore_spans_job on agenticore_spans (job_id) where job_id is not null`,
  sql`create index agenticore_spans_session on agenticore_spans (session_id) where session_id is not null`,
  sql`create index agenticore_metric_points_name on agenticore_metric_points (name, at)`,
  sql`create index agenticore_logs_at on agenticore_logs (at)`,
  sql`create index agenticore_logs_trace on agenticore_logs (trace_id) where trace_id is not null`,
  sql`create index agenticore_logs_job on agenticore_logs (job_id) where job_id is not null`,
  sql`create index agenticore_logs_session on agenticore_logs (session_id) where session_id is not null`,
  // Small: what is received later lies further behind.
  sql`create index agenticore_spans_received on agenticore_spans using brin (received_at)`,
  sql`create index agenticore_metric_points_received on agenticore_metric_points using brin (received_at)`,
  sql`create index agenticore_logs_received on agenticore_logs using brin (received_at)`,
  sql`create index agenticore_usage_owner on agenticore_usage (owner, ended_at)`,
  sql`create index agenticore_usage_session on agenticore_usage (session_id) where session_id is not null`,
];

/** In the order of their names. One that was released never changes, and each leaves older processes at work. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '001-telemetry-and-usage': {
    async up(db) {
      for (const statement of [...TABLES, ...INDEXES]) await statement.execute(db);
    },
  },
};

/**
 * Makes the tables, or changes them to what this version needs; safe where several processes do it at once. A database
 * that a newer version has changed stays as it is.
 */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
    migrationTableName: 'agenticore_migrations',
    migrationLockTableName: 'agenticore_migrations_lock',
  });
  const known = await migrator.getMigrations();
  if (known.every(({ executedAt }) => executedAt !== undefined)) return;
  const { error } = await migrator.migrateToLatest();
  // Whatever was thrown, as it was: its code tells what it is.
  if (error !== undefined) throw error as Error;
}
