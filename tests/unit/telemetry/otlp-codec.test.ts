import { expect, test } from '@jest/globals';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { decodeOtlp, encodeOtlp, encodeOtlpReply, encodeRpcStatus } from '../../../telemetry/otlp/codec.ts';

const RESOURCE = resourceFromAttributes({ 'service.name': 'agenticore', 'agenticore.job.id': 'one' });
const VALUES = { text: 'ü\0', yes: true, whole: 9_007_199_254_740_991, part: 0.1, list: ['a', 'b'], none: [] };

async function spans() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ resource: RESOURCE, spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer('git', '1.2.3');
  const parent = tracer.startSpan('POST /jobs', { kind: SpanKind.SERVER, startTime: 1_700_000_000_123 });
  parent.setAttributes(VALUES).addEvent('queued', { place: 3 }, 1_700_000_000_200);
  parent.setStatus({ code: SpanStatusCode.ERROR, message: 'no' }).end(1_700_000_001_000);
  await provider.forceFlush();
  return exporter.getFinishedSpans();
}

async function metrics() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const exponential = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
  const views = [{ instrumentName: 'size', aggregation: exponential }];
  const provider = new MeterProvider({ resource: RESOURCE, readers: [reader], views });
  const meter = provider.getMeter('claude');
  meter.createCounter('tokens', { unit: '1' }).add(12, { type: 'input' });
  meter.createUpDownCounter('open').add(-2);
  meter.createGauge('load').record(0.5);
  meter.createHistogram('time').record(3);
  meter.createHistogram('size').record(7.5);
  await provider.forceFlush();
  const [first] = exporter.getMetrics();
  await provider.shutdown();
  if (!first) throw new Error('nothing was collected');
  return first;
}

async function logs() {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ resource: RESOURCE, processors: [new SimpleLogRecordProcessor({ exporter })] });
  provider
    .getLogger('claude')
    .emit({ severityNumber: 9, body: { a: [1, null, 'x'] }, attributes: VALUES, eventName: 'e' });
  await provider.forceFlush();
  return exporter.getFinishedLogRecords();
}

test("OpenTelemetry's own SDK says the same in protobuf and in JSON, and is encoded again without a loss", async () => {
  const written = {
    traces: await spans().then((all) => [
      ProtobufTraceSerializer.serializeRequest(all),
      JsonTraceSerializer.serializeRequest(all),
    ]),
    metrics: await metrics().then((all) => [
      ProtobufMetricsSerializer.serializeRequest(all),
      JsonMetricsSerializer.serializeRequest(all),
    ]),
    logs: await logs().then((all) => [
      ProtobufLogsSerializer.serializeRequest(all),
      JsonLogsSerializer.serializeRequest(all),
    ]),
  };
  for (const signal of ['traces', 'metrics', 'logs'] as const) {
    const [bytes = new Uint8Array(), json = new Uint8Array()] = written[signal];
    const request = decodeOtlp(signal, bytes, 'protobuf');
    expect({ signal, request }).toEqual({ signal, request: decodeOtlp(signal, json, 'json') });
    expect(JSON.stringify(request).length).toBeGreaterThan(500);
    for (const encoding of ['protobuf', 'json'] as const)
      expect(decodeOtlp(signal, encodeOtlp(signal, request, encoding), encoding)).toEqual(request);
  }
});

test('a span is read as it was made', async () => {
  const [span] = await spans();
  const bytes = ProtobufTraceSerializer.serializeRequest(span ? [span] : []) ?? new Uint8Array();
  const [{ resource, scopeSpans } = {}] = decodeOtlp('traces', bytes, 'protobuf').resourceSpans ?? [];
  expect(resource?.attributes).toContainEqual({ key: 'agenticore.job.id', value: { stringValue: 'one' } });
  expect(scopeSpans).toMatchObject([
    {
      scope: { name: 'git', version: '1.2.3' },
      spans: [
        {
          ...{ traceId: span?.spanContext().traceId, spanId: span?.spanContext().spanId, name: 'POST /jobs', kind: 2 },
          ...{ startTimeUnixNano: '1700000000123000000', endTimeUnixNano: '1700000001000000000' },
          ...{ status: { code: 2, message: 'no' }, events: [{ name: 'queued', timeUnixNano: '1700000000200000000' }] },
        },
      ],
    },
  ]);
  expect(scopeSpans?.[0]?.spans?.[0]?.attributes).toEqual(
    expect.arrayContaining([
      { key: 'whole', value: { intValue: '9007199254740991' } },
      { key: 'part', value: { doubleValue: 0.1 } },
      { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
    ]),
  );
});

test('fields that a later OTLP adds survive from protobuf to protobuf', () => {
  const request = encodeOtlp('traces', { resourceSpans: [{ resource: {}, schemaUrl: 'x' }] }, 'protobuf');
  const later = Buffer.concat([request, Buffer.from([0x9a, 0x3e, 2, 0x68, 0x69])]);
  const read = decodeOtlp('traces', later, 'protobuf');
  expect(Buffer.from(encodeOtlp('traces', read, 'protobuf')).equals(later)).toBe(true);
});

test('numbers that JSON does not have go both ways', () => {
  const attributes = [NaN, Infinity, -Infinity].map((doubleValue) => ({ key: 'n', value: { doubleValue } }));
  const request = { resourceLogs: [{ resource: { attributes } }] };
  for (const encoding of ['protobuf', 'json'] as const)
    expect(decodeOtlp('logs', encodeOtlp('logs', request, encoding), encoding)).toEqual(request);
});

test.each([
  ['no JSON', 'json', '{"resourceSpans": "SECRET'],
  ['another thing than an object', 'json', '[]'],
  ['an id that is not in hex', 'json', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"SECRET"}]}]}]}'],
  ['a number in place of a text', 'json', '{"resourceSpans":[{"schemaUrl":7}]}'],
  ['no protobuf', 'protobuf', 'SECRET, a text'],
  [
    'a list nested without end',
    'json',
    `{"resourceSpans":[{"resource":{"attributes":[{"value":${'{"arrayValue":{"values":['.repeat(5_000)}${']}}'.repeat(5_000)}}]}}]}`,
  ],
] as const)('%s is refused, with a sentence that does not have the body', (_what, encoding, body) => {
  expect(() => decodeOtlp('traces', Buffer.from(body), encoding)).toThrow(
    /^The body is no request of OTLP for traces: (?!.*SECRET)/,
  );
});

test('answers are encoded as the request was', () => {
  const refused = { rejected: 2, message: 'two are without an id' };
  expect(JSON.parse(Buffer.from(encodeOtlpReply('logs', refused, 'json')).toString())).toEqual({
    partialSuccess: { rejectedLogRecords: '2', errorMessage: 'two are without an id' },
  });
  expect(Buffer.from(encodeOtlpReply('metrics', undefined, 'json')).toString()).toBe('{}');
  expect(encodeOtlpReply('traces', undefined, 'protobuf')).toHaveLength(0);
  expect([...encodeRpcStatus({ code: 3, message: 'no' }, 'protobuf')]).toEqual([8, 3, 18, 2, 0x6e, 0x6f]);
});
