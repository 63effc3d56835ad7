import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  RandomIdGenerator,
  type IdGenerator,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import type { OtlpSink } from '../otlp/sink.ts';

/** Ids of spans: random, but for one that is chosen before its span is begun. */
export class ChosenIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  #next: { traceId: string; spanId: string } | undefined;

  /** The span that `begin` begins, at once, gets these ids; that of the trace counts where it has no parent. */
  with<T>(ids: { traceId: string; spanId: string }, begin: () => T): T {
    this.#next = ids;
    try {
      return begin();
    } finally {
      this.#next = undefined;
    }
  }

  generateTraceId(): string {
    return this.#next?.traceId ?? this.#random.generateTraceId();
  }

  generateSpanId(): string {
    return this.#next?.spanId ?? this.#random.generateSpanId();
  }
}

/** Gives spans to a sink. */
class SinkExporter implements SpanExporter {
  readonly #sink: OtlpSink;

  constructor(sink: OtlpSink) {
    this.#sink = sink;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    const request = ProtobufTraceSerializer.serializeRequest(spans);
    if (request === undefined) return done({ code: ExportResultCode.FAILED });
    this.#sink.export('traces', request).then(
      () => done({ code: ExportResultCode.SUCCESS }),
      () => done({ code: ExportResultCode.FAILED }),
    );
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** How often spans are handed on (milliseconds). */
const EVERY_MS = 1_000;

/** Characters of a value that are kept. */
const attributeValueLengthLimit = 4_096;

/** Sends the spans of this process to `sink`, until the result is closed. */
export function openProvider(
  sink: OtlpSink,
  resource: Record<string, string>,
): { ids: ChosenIds; close(): Promise<void> } {
  const ids = new ChosenIds();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes(resource),
    idGenerator: ids,
    generalLimits: { attributeValueLengthLimit },
    spanProcessors: [new BatchSpanProcessor(new SinkExporter(sink), { scheduledDelayMillis: EVERY_MS })],
  });
  const contexts = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(contexts);
  trace.setGlobalTracerProvider(provider);
  return {
    ids,
    async close() {
      await provider.shutdown();
      trace.disable();
      context.disable();
    },
  };
}
