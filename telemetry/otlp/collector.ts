import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { Refused, type OtlpSink, type Signal } from './sink.ts';

/** A collector of OpenTelemetry, as the settings name it. */
export interface CollectorSettings {
  /** Base address. */
  endpoint: string;
  protocol: 'grpc' | 'http';
  /** As in OTEL_EXPORTER_OTLP_HEADERS: `name=value` pairs separated by commas. */
  headers?: string | undefined;
}

/** How long one delivery may take (milliseconds). */
const DELIVERY_MS = 10_000;

/** The sink of a collector. What it refuses for good, it refuses as `Refused`. */
export const openCollector = (settings: CollectorSettings): OtlpSink =>
  settings.protocol === 'grpc' ? overGrpc(settings) : overHttp(settings);

/** Pairs of OTEL_EXPORTER_OTLP_HEADERS: their values are percent-encoded. */
const headerPairs = (headers = ''): [string, string][] =>
  headers
    .split(',')
    .map((pair) => /^\s*([^=\s]+)\s*=(.*)$/.exec(pair))
    .filter((pair) => pair !== null)
    .map(([, name = '', value = '']) => [name.toLowerCase(), decoded(value.trim())]);

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** Statuses after which the same request may be taken. */
const BUSY: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/** The address to which a signal goes: a path of the base address stays. */
const addressOf = (endpoint: string, signal: Signal): URL => {
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/${signal}`;
  return url;
};

function overHttp({ endpoint, headers: given }: CollectorSettings): OtlpSink {
  const headers = [...headerPairs(given), ['content-type', 'application/x-protobuf'] satisfies [string, string]];
  return {
    async export(signal, request) {
      const answer = await fetch(addressOf(endpoint, signal), {
        method: 'POST',
        headers,
        body: request,
        redirect: 'manual',
        signal: AbortSignal.timeout(DELIVERY_MS),
      });
      await answer.body?.cancel();
      if (answer.ok) return;
      const message = `the collector answered ${answer.status}`;
      throw BUSY.has(answer.status) ? new Error(message) : new Refused(message);
    },
    close: () => Promise.resolve(),
  };
}

const SERVICES: Readonly<Record<Signal, string>> = {
  traces: 'trace.v1.TraceService',
  metrics: 'metrics.v1.MetricsService',
  logs: 'logs.v1.LogsService',
};

/** Codes after which the same request may be taken. */
const BUSY_CODES: readonly status[] = [
  ...[status.CANCELLED, status.DEADLINE_EXCEEDED, status.RESOURCE_EXHAUSTED, status.ABORTED],
  ...[status.OUT_OF_RANGE, status.UNAVAILABLE, status.DATA_LOSS],
];

function overGrpc({ endpoint, headers }: CollectorSettings): OtlpSink {
  const { protocol, hostname, port } = new URL(endpoint);
  const isSecure = protocol === 'https:';
  const address = `${hostname}:${port || (isSecure ? 443 : 80)}`;
  const client = new Client(address, isSecure ? credentials.createSsl() : credentials.createInsecure());
  const metadata = new Metadata();
  for (const [name, value] of headerPairs(headers)) metadata.set(name, value);
  const send = (signal: Signal, request: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        `/opentelemetry.proto.collector.${SERVICES[signal]}/Export`,
        (bytes: Uint8Array) => Buffer.from(bytes),
        (bytes) => bytes,
        request,
        metadata,
        { deadline: Date.now() + DELIVERY_MS },
        (error) => {
          if (error === null) return resolve();
          // Its own text quotes what was sent.
          const message = `the collector answered ${status[error.code]}`;
          reject(BUSY_CODES.includes(error.code) ? new Error(message) : new Refused(message));
        },
      );
    });
  return {
    export: send,
    close() {
      client.close();
      return Promise.resolve();
    },
  };
}
