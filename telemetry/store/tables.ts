import type { ColumnType, Generated, Insertable } from 'kysely';

/** Written as the text of JSON. */
type Json = ColumnType<unknown, string | null, string | null>;
/** Written as ISO 8601, with up to six digits of a second. */
type Time = ColumnType<Date, string, string>;
type MaybeTime = ColumnType<Date | null, string | null, string | null>;

/** What every record of telemetry says of where it is from. */
interface Origin {
  service: string | null;
  scope: string | null;
  /** Of a job, or of the one that makes a plan. */
  job_id: string | null;
  run_id: string | null;
  session_id: string | null;
  attributes: Json;
  resource: Json;
  received_at: ColumnType<Date, never, never>;
}

interface SpanTable extends Origin {
  trace_id: string;
  span_id: string;
  parent_span_id: string | null;
  name: string;
  kind: string;
  started_at: MaybeTime;
  duration_ms: number | null;
  status: string;
  status_message: string | null;
  events: Json;
  links: Json;
}

interface PointTable extends Origin {
  id: string;
  name: string;
  kind: string;
  unit: string | null;
  started_at: MaybeTime;
  at: MaybeTime;
  /** Of a gauge or a sum. */
  value: number | null;
  /** Of a histogram or a summary. */
  count: number | null;
  sum: number | null;
  min: number | null;
  max: number | null;
  /** Buckets or quantiles. */
  details: Json;
}

interface LogTable extends Origin {
  id: string;
  at: MaybeTime;
  severity: number | null;
  severity_text: string | null;
  event_name: string | null;
  body: Json;
  trace_id: string | null;
  span_id: string | null;
}

interface UsageTable {
  id: string;
  kind: string;
  session_id: string | null;
  plan_id: string | null;
  owner: string;
  status: string;
  error_code: string | null;
  profile: string;
  repo_url: string | null;
  agent: string | null;
  model: string | null;
  /** PostgreSQL's bigint and numeric are read as text. */
  input_tokens: ColumnType<string | null, number | null, number | null>;
  output_tokens: ColumnType<string | null, number | null, number | null>;
  cache_read_tokens: ColumnType<string | null, number | null, number | null>;
  cache_creation_tokens: ColumnType<string | null, number | null, number | null>;
  cost_usd: ColumnType<string | null, number | null, number | null>;
  num_turns: number | null;
  attempt: number;
  created_at: Time;
  started_at: MaybeTime;
  ended_at: Time;
  updated_at: Generated<Date>;
}

/** How far the records of a Temporal namespace have been read into the table of usage. */
interface ReadUntilTable {
  namespace: string;
  read_until: Time;
  /** From when on nothing is missing. */
  complete_since: Time;
}

/** The tables that agenticore has in PostgreSQL. */
export interface Tables {
  agenticore_spans: SpanTable;
  agenticore_metric_points: PointTable;
  agenticore_logs: LogTable;
  agenticore_usage: UsageTable;
  agenticore_read_until: ReadUntilTable;
}

/** The tables of telemetry, which are emptied by time. */
export type TelemetryTable = 'agenticore_spans' | 'agenticore_metric_points' | 'agenticore_logs';

export type SpanRow = Insertable<SpanTable>;
export type PointRow = Insertable<PointTable>;
export type LogRow = Insertable<LogTable>;
export type UsageRow = Insertable<UsageTable>;
