import protobuf from 'protobufjs';
import type { Signal } from './sink.ts';

/** OTLP 1.11 on the wire, without profiles. Enums are int32: the same bytes, and OTLP/JSON has them as numbers too. */
const { root } = protobuf.parse(`
  syntax = "proto3";

  message AnyValue { oneof value {
    string stringValue = 1; bool boolValue = 2; int64 intValue = 3; double doubleValue = 4;
    ArrayValue arrayValue = 5; KeyValueList kvlistValue = 6; bytes bytesValue = 7; } }
  message ArrayValue { repeated AnyValue values = 1; }
  message KeyValueList { repeated KeyValue values = 1; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 droppedAttributesCount = 4; }
  message EntityRef { string schemaUrl = 1; string type = 2; repeated string idKeys = 3; repeated string descriptionKeys = 4; }
  message Resource { repeated KeyValue attributes = 1; uint32 droppedAttributesCount = 2; repeated EntityRef entityRefs = 3; }

  message TracesRequest { repeated ResourceSpans resourceSpans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopeSpans = 2; string schemaUrl = 3; }
  message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schemaUrl = 3; }
  message Span {
    bytes traceId = 1; bytes spanId = 2; string traceState = 3; bytes parentSpanId = 4; string name = 5; int32 kind = 6;
    fixed64 startTimeUnixNano = 7; fixed64 endTimeUnixNano = 8;
    repeated KeyValue attributes = 9; uint32 droppedAttributesCount = 10;
    repeated SpanEvent events = 11; uint32 droppedEventsCount = 12;
    repeated SpanLink links = 13; uint32 droppedLinksCount = 14; SpanStatus status = 15; fixed32 flags = 16; }
  message SpanEvent { fixed64 timeUnixNano = 1; string name = 2; repeated KeyValue attributes = 3; uint32 droppedAttributesCount = 4; }
  message SpanLink {
    bytes traceId = 1; bytes spanId = 2; string traceState = 3;
    repeated KeyValue attributes = 4; uint32 droppedAttributesCount = 5; fixed32 flags = 6; }
  message SpanStatus { string message = 2; int32 code = 3; }

  message MetricsRequest { repeated ResourceMetrics resourceMetrics = 1; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scopeMetrics = 2; string schemaUrl = 3; }
  message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; string schemaUrl = 3; }
  message Metric {
    string name = 1; string description = 2; string unit = 3; repeated KeyValue metadata = 12;
    oneof data { Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9; ExponentialHistogram exponentialHistogram = 10; Summary summary = 11; } }
  message Gauge { repeated NumberPoint dataPoints = 1; }
  message Sum { repeated NumberPoint dataPoints = 1; int32 aggregationTemporality = 2; bool isMonotonic = 3; }
  message Histogram { repeated HistogramPoint dataPoints = 1; int32 aggregationTemporality = 2; }
  message ExponentialHistogram { repeated ExponentialHistogramPoint dataPoints = 1; int32 aggregationTemporality = 2; }
  message Summary { repeated SummaryPoint dataPoints = 1; }
  message NumberPoint {
    repeated KeyValue attributes = 7; fixed64 startTimeUnixNano = 2; fixed64 timeUnixNano = 3;
    oneof value { double asDouble = 4; sfixed64 asInt = 6; } repeated Exemplar exemplars = 5; uint32 flags = 8; }
  message HistogramPoint {
    repeated KeyValue attributes = 9; fixed64 startTimeUnixNano = 2; fixed64 timeUnixNano = 3; fixed64 count = 4;
    optional double sum = 5; repeated fixed64 bucketCounts = 6; repeated double explicitBounds = 7;
    repeated Exemplar exemplars = 8; uint32 flags = 10; optional double min = 11; optional double max = 12; }
  message ExponentialHistogramPoint {
    repeated KeyValue attributes = 1; fixed64 startTimeUnixNano = 2; fixed64 timeUnixNano = 3; fixed64 count = 4;
    optional double sum = 5; sint32 scale = 6; fixed64 zeroCount = 7; Buckets positive = 8; Buckets negative = 9;
    uint32 flags = 10; repeated Exemplar exemplars = 11; optional double min = 12; optional double max = 13; double zeroThreshold = 14; }
  message Buckets { sint32 offset = 1; repeated uint64 bucketCounts = 2; }
  message SummaryPoint {
    repeated KeyValue attributes = 7; fixed64 startTimeUnixNano = 2; fixed64 timeUnixNano = 3; fixed64 count = 4; double sum = 5;
    repeated QuantileValue quantileValues = 6; uint32 flags = 8; }
  message QuantileValue { double quantile = 1; double value = 2; }
  message Exemplar {
    repeated KeyValue filteredAttributes = 7; fixed64 timeUnixNano = 2;
    oneof value { double asDouble = 3; sfixed64 asInt = 6; } bytes spanId = 4; bytes traceId = 5; }

  message LogsRequest { repeated ResourceLogs resourceLogs = 1; }
  message ResourceLogs { Resource resource = 1; repeated ScopeLogs scopeLogs = 2; string schemaUrl = 3; }
  message ScopeLogs { Scope scope = 1; repeated LogRecord logRecords = 2; string schemaUrl = 3; }
  message LogRecord {
    fixed64 timeUnixNano = 1; int32 severityNumber = 2; string severityText = 3; AnyValue body = 5;
    repeated KeyValue attributes = 6; uint32 droppedAttributesCount = 7; fixed32 flags = 8;
    bytes traceId = 9; bytes spanId = 10; fixed64 observedTimeUnixNano = 11; string eventName = 12; }

  message TracesReply { TracesRefused partialSuccess = 1; }
  message TracesRefused { int64 rejectedSpans = 1; string errorMessage = 2; }
  message MetricsReply { MetricsRefused partialSuccess = 1; }
  message MetricsRefused { int64 rejectedDataPoints = 1; string errorMessage = 2; }
  message LogsReply { LogsRefused partialSuccess = 1; }
  message LogsRefused { int64 rejectedLogRecords = 1; string errorMessage = 2; }
  message RpcStatus { int32 code = 1; string message = 2; }
`);
root.resolveAll();

/** `Export…ServiceRequest` of each signal. */
export const REQUESTS: Readonly<Record<Signal, protobuf.Type>> = {
  traces: root.lookupType('TracesRequest'),
  metrics: root.lookupType('MetricsRequest'),
  logs: root.lookupType('LogsRequest'),
};

/** `Export…ServiceResponse` of each signal, with the name of the count of what was refused. */
export const REPLIES: Readonly<Record<Signal, { type: protobuf.Type; rejected: string }>> = {
  traces: { type: root.lookupType('TracesReply'), rejected: 'rejectedSpans' },
  metrics: { type: root.lookupType('MetricsReply'), rejected: 'rejectedDataPoints' },
  logs: { type: root.lookupType('LogsReply'), rejected: 'rejectedLogRecords' },
};

/** `google.rpc.Status`, in which OTLP tells an error. */
export const RPC_STATUS = root.lookupType('RpcStatus');
