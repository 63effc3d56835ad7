import type { SpanContext } from '@opentelemetry/api';
import type { KeyValue, OtlpMetric, OtlpRequests, OtlpResource, OtlpSpan } from '../otlp/messages.ts';
import type { Signal } from '../otlp/sink.ts';

/** What an agent is asked: from its begin to the next one, all that the agent's program tells is about it. */
export interface ToldTurn {
  /** When it began (nanoseconds since 1970). */
  at: bigint;
  /** Our span that the agent's hang below. */
  parent: SpanContext | undefined;
  /** Spans of ours, which no agent can replace. */
  ours: readonly string[];
  /** Whose it is, such as `agenticore.job.id`. */
  attributes: Readonly<Record<string, string>>;
}

/** The turn in whose time something began; what came before all belongs to the first. */
const turnAt = (turns: readonly ToldTurn[], time = '0'): ToldTurn | undefined =>
  turns.findLast(({ at }) => at <= BigInt(time)) ?? turns[0];

/**
 * Says of everything in `request` whose it is, by the time at which it began, and puts spans below ours. The traces
 * that an agent's program makes become parts of those of our requests: its ids of traces are not kept.
 */
export function attribute<S extends Signal>(signal: S, request: OtlpRequests[S], turns: readonly ToldTurn[]): void {
  ATTRIBUTE[signal](request, turns);
}

type Attribute = { [S in Signal]: (request: OtlpRequests[S], turns: readonly ToldTurn[]) => void };

const ATTRIBUTE: Attribute = {
  traces({ resourceSpans = [] }, turns) {
    for (const { resource, scopeSpans = [] } of resourceSpans) {
      mark(resource, turns.at(-1));
      for (const scope of scopeSpans)
        scope.spans = (scope.spans ?? []).filter((span) => placed(span, turnAt(turns, span.startTimeUnixNano), turns));
    }
  },
  logs({ resourceLogs = [] }, turns) {
    for (const { resource, scopeLogs = [] } of resourceLogs) {
      mark(resource, turns.at(-1));
      for (const record of scopeLogs.flatMap(({ logRecords = [] }) => logRecords)) {
        const turn = turnAt(turns, record.timeUnixNano ?? record.observedTimeUnixNano);
        mark(record, turn);
        if (turn?.parent === undefined) continue;
        record.traceId = turn.parent.traceId;
        record.spanId ??= turn.parent.spanId;
      }
    }
  },
  metrics({ resourceMetrics = [] }, turns) {
    for (const { resource, scopeMetrics = [] } of resourceMetrics) {
      mark(resource, turns.at(-1));
      for (const metric of scopeMetrics.flatMap(({ metrics = [] }) => metrics))
        for (const point of pointsOf(metric)) mark(point, turnAt(turns, point.timeUnixNano));
    }
  },
};

/** Whether the span may be told; it is put below our span where it is the first of its prompt. */
function placed(span: OtlpSpan, turn: ToldTurn | undefined, turns: readonly ToldTurn[]): boolean {
  mark(span, turn);
  if (turn?.parent === undefined) return turn !== undefined;
  if (turn.ours.includes(span.spanId ?? '')) return false;
  const { traceId, spanId } = turn.parent;
  span.traceId = traceId;
  // The program knows only the span of the turn for which it was started.
  const isFirst = !span.parentSpanId || turns.some(({ parent }) => parent?.spanId === span.parentSpanId);
  if (isFirst) span.parentSpanId = spanId;
  return true;
}

const pointsOf = ({ gauge, sum, histogram, exponentialHistogram, summary }: OtlpMetric) => [
  ...(gauge?.dataPoints ?? []),
  ...(sum?.dataPoints ?? []),
  ...(histogram?.dataPoints ?? []),
  ...(exponentialHistogram?.dataPoints ?? []),
  ...(summary?.dataPoints ?? []),
];

/** Ours come in place of what an agent calls so. */
function mark(what: OtlpResource | undefined, turn: ToldTurn | undefined): void {
  if (what === undefined || turn === undefined) return;
  const theirs = (what.attributes ?? []).filter(({ key = '' }) => !key.startsWith('agenticore.'));
  const ours: KeyValue[] = Object.entries(turn.attributes).map(([key, stringValue]) => ({
    key,
    value: { stringValue },
  }));
  what.attributes = [...theirs, ...ours];
}
