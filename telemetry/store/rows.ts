import { createHash } from 'node:crypto';
import type {
  ExponentialHistogramPoint,
  HistogramPoint,
  KeyValue,
  LogsRequest,
  MetricsRequest,
  NumberPoint,
  OtlpMetric,
  OtlpResource,
  SummaryPoint,
  TracesRequest,
} from '../otlp/messages.ts';
import { indexed, kept, plainAttributes, plainValue, timeOf } from './plain-values.ts';
import type { LogRow, PointRow, SpanRow } from './tables.ts';

/** What a request becomes; `refused` are records without the ids that they need. */
export interface Rows<Row> {
  rows: Row[];
  refused: number;
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const STATUSES = ['unset', 'ok', 'error'];

/** The spans of a request; of two with the same ids the later one. */
export function spanRows({ resourceSpans = [] }: TracesRequest): Rows<SpanRow> {
  const rows = new Map<string, SpanRow>();
  let refused = 0;
  for (const { resource, scopeSpans = [] } of resourceSpans)
    for (const { scope, spans = [] } of scopeSpans)
      for (const { traceId = '', spanId = '', attributes, status = {}, events, links, ...span } of spans) {
        if (!isId(traceId, 32) || !isId(spanId, 16)) {
          refused += 1;
          continue;
        }
        const { startTimeUnixNano: start, endTimeUnixNano: end } = span;
        rows.set(`${traceId}${spanId}`, {
          ...{ trace_id: traceId, span_id: spanId, parent_span_id: indexed(span.parentSpanId) },
          name: indexed(span.name) ?? '',
          kind: KINDS[span.kind ?? 0] ?? String(span.kind),
          started_at: timeOf(start),
          duration_ms: start === undefined || end === undefined ? null : Number(BigInt(end) - BigInt(start)) / 1e6,
          status: STATUSES[status.code ?? 0] ?? String(status.code),
          status_message: kept(status.message),
          events: json(
            events?.map((each) => ({
              name: kept(each.name),
              at: timeOf(each.timeUnixNano),
              attributes: plainAttributes(each.attributes),
            })),
          ),
          links: json(
            links?.map((each) => ({
              trace_id: each.traceId,
              span_id: each.spanId,
              attributes: plainAttributes(each.attributes),
            })),
          ),
          ...originOf(resource, scope?.name, attributes),
        });
      }
  return { rows: [...rows.values()], refused };
}

/** The points of a request. */
export function pointRows({ resourceMetrics = [] }: MetricsRequest): Rows<PointRow> {
  const identify = identifier();
  const rows = resourceMetrics.flatMap(({ resource, scopeMetrics = [] }) =>
    scopeMetrics.flatMap(({ scope, metrics = [] }) =>
      metrics.flatMap((metric) =>
        pointsOf(metric).map(({ kind, point }) =>
          identify({
            ...{ name: indexed(metric.name) ?? '', kind, unit: kept(metric.unit) },
            ...{ started_at: timeOf(point.startTimeUnixNano), at: timeOf(point.timeUnixNano) },
            ...measured(point),
            ...originOf(resource, scope?.name, point.attributes),
          }),
        ),
      ),
    ),
  );
  return { rows, refused: 0 };
}

/** The records of a request. */
export function logRows({ resourceLogs = [] }: LogsRequest): Rows<LogRow> {
  const identify = identifier();
  const rows = resourceLogs.flatMap(({ resource, scopeLogs = [] }) =>
    scopeLogs.flatMap(({ scope, logRecords = [] }) =>
      logRecords.map(({ timeUnixNano, observedTimeUnixNano, body, attributes, traceId, spanId, ...record }) =>
        identify({
          at: timeOf(timeUnixNano) ?? timeOf(observedTimeUnixNano),
          severity: record.severityNumber ?? null,
          severity_text: kept(record.severityText),
          event_name: kept(record.eventName),
          body: body === undefined ? null : JSON.stringify(plainValue(body)),
          ...{ trace_id: indexed(traceId), span_id: indexed(spanId) },
          ...originOf(resource, scope?.name, attributes),
        }),
      ),
    ),
  );
  return { rows, refused: 0 };
}

const isId = (id: string, length: number): boolean => id.length === length && /[^0]/.test(id);

const json = (list: unknown[] | undefined): string | null => (list === undefined ? null : JSON.stringify(list));

function originOf(resource: OtlpResource | undefined, scope: string | undefined, attributes: KeyValue[] | undefined) {
  const own = plainAttributes(attributes);
  const ofResource = plainAttributes(resource?.attributes);
  const find = (...names: string[]): string | null => {
    const found = names.flatMap((name) => [own[name], ofResource[name]]).find((value) => typeof value === 'string');
    return indexed(found);
  };
  return {
    service: find('service.name'),
    scope: indexed(scope),
    job_id: find('agenticore.job.id', 'agenticore.plan.id'),
    run_id: find('agenticore.run.id'),
    session_id: find('agenticore.session.id'),
    attributes: JSON.stringify(own),
    resource: JSON.stringify(ofResource),
  };
}

/** Gives each row an id of what it says, so that it is stored once however often it is delivered. */
function identifier(): <Row extends object>(row: Row) => Row & { id: string } {
  const seen = new Map<string, number>();
  return (row) => {
    const said = createHash('sha256').update(JSON.stringify(row)).digest('hex').slice(0, 24);
    const times = seen.get(said) ?? 0;
    seen.set(said, times + 1);
    return { id: `${said}${times.toString(16).padStart(8, '0')}`, ...row };
  };
}

type AnyPoint = NumberPoint & HistogramPoint & ExponentialHistogramPoint & SummaryPoint;

function pointsOf({ gauge, sum, histogram, exponentialHistogram, summary }: OtlpMetric) {
  const kinds = { gauge, sum, histogram, exponential_histogram: exponentialHistogram, summary };
  return Object.entries(kinds).flatMap(([kind, data]) =>
    ((data?.dataPoints ?? []) as AnyPoint[]).map((point) => ({ kind, point })),
  );
}

function measured({ asDouble, asInt, count, sum, min, max, ...more }: AnyPoint) {
  const { bucketCounts, explicitBounds, scale, zeroCount, positive, negative, quantileValues } = more;
  const details = { bucketCounts, explicitBounds, scale, zeroCount, positive, negative, quantileValues };
  const hasDetails = Object.values(details).some((value) => value !== undefined);
  return {
    value: asDouble ?? (asInt === undefined ? null : Number(asInt)),
    count: count === undefined ? null : Number(count),
    ...{ sum: sum ?? null, min: min ?? null, max: max ?? null },
    details: hasDetails ? JSON.stringify(details) : null,
  };
}
