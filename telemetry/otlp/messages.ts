// The messages of OTLP as plain objects: exactly what OTLP/JSON has. Ids are in hex, other bytes in base64, integers of
// 64 bits are strings, enums numbers. What is absent is undefined.

/** A value of an attribute, or the body of a log record. One of them is set; none stands for null. */
export interface AnyValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: string;
  doubleValue?: number;
  arrayValue?: { values?: AnyValue[] };
  kvlistValue?: { values?: KeyValue[] };
  bytesValue?: string;
}

export interface KeyValue {
  key?: string;
  value?: AnyValue;
}

interface Attributed {
  attributes?: KeyValue[];
  droppedAttributesCount?: number;
}

export type OtlpResource = Attributed;

interface Scope extends Attributed {
  name?: string;
  version?: string;
}

interface OfResource {
  resource?: OtlpResource;
  schemaUrl?: string;
}

interface OfScope {
  scope?: Scope;
  schemaUrl?: string;
}

export interface OtlpSpan extends Attributed {
  traceId?: string;
  spanId?: string;
  traceState?: string;
  parentSpanId?: string;
  name?: string;
  kind?: number;
  startTimeUnixNano?: string;
  endTimeUnixNano?: string;
  events?: (Attributed & { timeUnixNano?: string; name?: string })[];
  droppedEventsCount?: number;
  links?: (Attributed & { traceId?: string; spanId?: string; traceState?: string; flags?: number })[];
  droppedLinksCount?: number;
  /** 0 unset, 1 ok, 2 error. */
  status?: { message?: string; code?: number };
  flags?: number;
}

export interface TracesRequest {
  resourceSpans?: (OfResource & { scopeSpans?: (OfScope & { spans?: OtlpSpan[] })[] })[];
}

interface Exemplar {
  filteredAttributes?: KeyValue[];
  timeUnixNano?: string;
  asDouble?: number;
  asInt?: string;
  spanId?: string;
  traceId?: string;
}

interface Point {
  attributes?: KeyValue[];
  startTimeUnixNano?: string;
  timeUnixNano?: string;
  flags?: number;
}

export interface NumberPoint extends Point {
  asDouble?: number;
  asInt?: string;
  exemplars?: Exemplar[];
}

export interface HistogramPoint extends Point {
  count?: string;
  sum?: number;
  bucketCounts?: string[];
  explicitBounds?: number[];
  exemplars?: Exemplar[];
  min?: number;
  max?: number;
}

interface Buckets {
  offset?: number;
  bucketCounts?: string[];
}

export interface ExponentialHistogramPoint extends Point {
  count?: string;
  sum?: number;
  scale?: number;
  zeroCount?: string;
  positive?: Buckets;
  negative?: Buckets;
  exemplars?: Exemplar[];
  min?: number;
  max?: number;
  zeroThreshold?: number;
}

export interface SummaryPoint extends Point {
  count?: string;
  sum?: number;
  quantileValues?: { quantile?: number; value?: number }[];
}

export interface OtlpMetric {
  name?: string;
  description?: string;
  unit?: string;
  metadata?: KeyValue[];
  gauge?: { dataPoints?: NumberPoint[] };
  sum?: { dataPoints?: NumberPoint[]; aggregationTemporality?: number; isMonotonic?: boolean };
  histogram?: { dataPoints?: HistogramPoint[]; aggregationTemporality?: number };
  exponentialHistogram?: { dataPoints?: ExponentialHistogramPoint[]; aggregationTemporality?: number };
  summary?: { dataPoints?: SummaryPoint[] };
}

export interface MetricsRequest {
  resourceMetrics?: (OfResource & { scopeMetrics?: (OfScope & { metrics?: OtlpMetric[] })[] })[];
}

export interface OtlpLogRecord extends Attributed {
  timeUnixNano?: string;
  observedTimeUnixNano?: string;
  severityNumber?: number;
  severityText?: string;
  body?: AnyValue;
  flags?: number;
  traceId?: string;
  spanId?: string;
  eventName?: string;
}

export interface LogsRequest {
  resourceLogs?: (OfResource & { scopeLogs?: (OfScope & { logRecords?: OtlpLogRecord[] })[] })[];
}

/** `Export…ServiceRequest` of each signal. */
export interface OtlpRequests {
  traces: TracesRequest;
  metrics: MetricsRequest;
  logs: LogsRequest;
}
