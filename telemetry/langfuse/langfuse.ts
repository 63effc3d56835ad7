import { LangfuseSpanProcessor } from '@langfuse/otel';
import { LangfuseOtelSpanAttributes as NAMES, setLangfuseTracerProvider, startObservation } from '@langfuse/tracing';
import type { SpanContext } from '@opentelemetry/api';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  type IdGenerator,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { defined } from '../../contract/shared/defined.ts';
import { NotWanted } from '../shipping/courier.ts';
import { traceDigest, type Observation, type Trace } from './observation.ts';

interface LangfuseSettings {
  /** Address of the server. */
  host: string;
  publicKey: string;
  secretKey: string;
  serviceName: string;
}

/** How long one request may take, with what the exporter itself tries again in it (milliseconds). */
const LIMIT_MS = 10_000;

/** Most spans of a request, and about how much text they have: Langfuse takes 4.5 MB. */
const MAX_SPANS = 200;
const MAX_TEXT = 1024 * 1024;

/** Answers by which the request itself is wrong: the same again gets the same answer. */
const REFUSED: readonly unknown[] = [400, 413, 422];

/** SpanContext.traceFlags of a span that is sent. */
const SAMPLED = 1;

/**
 * A Langfuse server, to which traces go as its own SDK makes them. The provider is ours alone: no other span of the
 * process goes there. One at a time in a process.
 */
export class Langfuse {
  readonly #made = new MadeSpans();
  readonly #ids = new GivenIds();
  readonly #provider: BasicTracerProvider;
  readonly #exporter: SpanExporter;

  constructor({ host, publicKey, secretKey, serviceName }: LangfuseSettings) {
    const baseUrl = host.replace(/\/+$/, '');
    const processor = new LangfuseSpanProcessor({
      ...{ publicKey, secretKey, baseUrl, exporter: this.#made, exportMode: 'immediate' },
      // Uploads of its own, of whose failure nobody is told.
      mediaUploadEnabled: false,
    });
    this.#provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': serviceName }),
      sampler: new AlwaysOnSampler(),
      idGenerator: this.#ids,
      spanProcessors: [processor],
    });
    this.#exporter = new OTLPTraceExporter({
      url: `${baseUrl}/api/public/otel/v1/traces`,
      headers: {
        Authorization: `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}`,
        'x-langfuse-public-key': publicKey,
      },
      timeoutMillis: LIMIT_MS,
    });
    setLangfuseTracerProvider(this.#provider);
  }

  /**
   * Sends a trace in place of what was sent of it before; one at a time. Throws NotWanted where Langfuse does not want
   * it, and anything else where it has not got all of it.
   */
  async send(trace: Trace): Promise<void> {
    this.#make(trace);
    await this.#provider.forceFlush();
    for (const part of inParts(this.#made.take())) await handOver(this.#exporter, part);
  }

  async close(): Promise<void> {
    setLangfuseTracerProvider(null);
    await this.#exporter.shutdown();
    await this.#provider.shutdown();
  }

  /** Parents begin before what hangs under them and end after it, so that the SDK knows which span is the root. */
  #make(trace: Trace): void {
    const common = attributesOfTrace(trace);
    const isRootHere = trace.observations[0]?.key === trace.root;
    const open = trace.observations.map((observation) => {
      this.#ids.next = { traceId: trace.id, spanId: spanId(trace, observation.key) };
      const made = begun(trace, observation);
      made.otelSpan.setAttributes(common);
      if (!isRootHere) made.otelSpan.setAttribute(NAMES.IS_APP_ROOT, false);
      return () => made.end(observation.end);
    });
    for (const end of open.reverse()) end();
  }
}

function begun(trace: Trace, observation: Observation): ReturnType<typeof startObservation> {
  const { parent, kind, name, start: startTime } = observation;
  const options = { startTime, ...(parent !== null && { parentSpanContext: contextOf(trace, parent) }) };
  const attributes = attributesOf(observation);
  if (kind === 'generation')
    return startObservation(name, { ...attributes, ...usageOf(observation) }, { ...options, asType: kind });
  // The SDK has an overload for each kind.
  if (kind === 'tool') return startObservation(name, attributes, { ...options, asType: kind });
  if (kind === 'agent') return startObservation(name, attributes, { ...options, asType: kind });
  return startObservation(name, attributes, options);
}

/** What each span says of its trace. */
const attributesOfTrace = ({ name, session, user, tags, metadata }: Trace): Record<string, string | string[]> => ({
  [NAMES.TRACE_NAME]: name,
  [NAMES.TRACE_USER_ID]: user,
  [NAMES.TRACE_TAGS]: [...tags],
  ...(session !== null && { [NAMES.TRACE_SESSION_ID]: session }),
  ...Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => [`${NAMES.TRACE_METADATA}.${key}`, value] as const),
  ),
});

const spanId = ({ id }: Trace, key: string): string => traceDigest(8, id, key);

const contextOf = (trace: Trace, key: string): SpanContext => ({
  traceId: trace.id,
  spanId: spanId(trace, key),
  traceFlags: SAMPLED,
});

const attributesOf = ({ input, output, problem, metadata }: Observation) => ({
  ...defined({ input, output, metadata }),
  ...(problem === undefined ? {} : { level: 'ERROR' as const, statusMessage: problem }),
});

/** In the names by which Langfuse knows prices. */
const usageOf = ({ model, usage, cost_usd }: Observation) => ({
  ...defined({ model }),
  ...(usage !== undefined && {
    usageDetails: {
      input: usage.input_tokens,
      output: usage.output_tokens,
      cache_read_input_tokens: usage.cache_read_tokens,
      cache_creation_input_tokens: usage.cache_creation_tokens,
    },
  }),
  ...(cost_usd != null && { costDetails: { total: cost_usd } }),
});

/** What the SDK would send, which would not tell whether it was taken. */
class MadeSpans implements SpanExporter {
  #spans: ReadableSpan[] = [];

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#spans.push(...spans);
    done({ code: ExportResultCode.SUCCESS });
  }

  take(): ReadableSpan[] {
    const spans = this.#spans;
    this.#spans = [];
    return spans;
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** The ids that are asked for next. */
class GivenIds implements IdGenerator {
  next = { traceId: '', spanId: '' };
  generateTraceId = (): string => this.next.traceId;
  generateSpanId = (): string => this.next.spanId;
}

function* inParts(spans: readonly ReadableSpan[]): Generator<ReadableSpan[]> {
  let part: ReadableSpan[] = [];
  let size = 0;
  for (const span of spans) {
    const own = JSON.stringify(span.attributes).length;
    if (part.length > 0 && (part.length >= MAX_SPANS || size + own > MAX_TEXT)) {
      yield part;
      [part, size] = [[], 0];
    }
    part.push(span);
    size += own;
  }
  if (part.length > 0) yield part;
}

function handOver(exporter: SpanExporter, spans: ReadableSpan[]): Promise<void> {
  return new Promise((resolve, reject) => {
    exporter.export(spans, ({ code, error }) => {
      if (code === ExportResultCode.SUCCESS) return resolve();
      const { code: status } = (error ?? {}) as { code?: unknown };
      const said = typeof status === 'number' ? `it answered ${status}` : (error?.message ?? 'it does not answer');
      reject(REFUSED.includes(status) ? new NotWanted(said) : new Error(said));
    });
  });
}
