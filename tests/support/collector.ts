import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, ServerCredentials, type ServerUnaryCall } from '@grpc/grpc-js';
import { decodeOtlp } from '../../telemetry/otlp/codec.ts';
import type { OtlpLogRecord, OtlpMetric, OtlpSpan } from '../../telemetry/otlp/messages.ts';
import type { Signal } from '../../telemetry/otlp/sink.ts';

const SERVICES = { traces: 'trace', metrics: 'metrics', logs: 'logs' } as const;

/** What a collector was sent, in order. */
interface Received {
  signal: Signal;
  body: Buffer;
  headers: Record<string, string>;
}

/** Takes OTLP as a collector does, over one of the protocols. */
export interface Collector {
  url: string;
  received: Received[];
  spans(): OtlpSpan[];
  logs(): OtlpLogRecord[];
  metrics(): OtlpMetric[];
  stop(): Promise<void>;
}

export async function startCollector(protocol: 'grpc' | 'http'): Promise<Collector> {
  const received: Received[] = [];
  const take = (signal: Signal, body: Buffer, headers: Record<string, string>): void =>
    void received.push({ signal, body, headers });
  const { port, stop } = await (protocol === 'grpc' ? overGrpc(take) : overHttp(take));
  const bodies = (signal: Signal): Buffer[] =>
    received.filter((each) => each.signal === signal).map(({ body }) => body);
  return {
    url: `http://127.0.0.1:${port}${protocol === 'http' ? '/base/' : ''}`,
    received,
    spans: () =>
      bodies('traces')
        .flatMap((body) => decodeOtlp('traces', body, 'protobuf').resourceSpans ?? [])
        .flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans)),
    logs: () =>
      bodies('logs')
        .flatMap((body) => decodeOtlp('logs', body, 'protobuf').resourceLogs ?? [])
        .flatMap(({ scopeLogs = [] }) => scopeLogs.flatMap(({ logRecords = [] }) => logRecords)),
    metrics: () =>
      bodies('metrics')
        .flatMap((body) => decodeOtlp('metrics', body, 'protobuf').resourceMetrics ?? [])
        .flatMap(({ scopeMetrics = [] }) => scopeMetrics.flatMap(({ metrics = [] }) => metrics)),
    stop,
  };
}

/** The text of an attribute; undefined where there is none of that name. */
export const attributeOf = ({ attributes = [] }: Pick<OtlpSpan, 'attributes'>, name: string): string | undefined =>
  attributes.find(({ key }) => key === name)?.value?.stringValue;

type Take = (signal: Signal, body: Buffer, headers: Record<string, string>) => void;
interface Listening {
  port: number;
  stop: () => Promise<void>;
}

async function overHttp(take: Take): Promise<Listening> {
  const server = createServer((request, response) => {
    void (async () => {
      const parts = (await request.toArray()) as Buffer[];
      const [, signal] = /^\/base\/v1\/(traces|metrics|logs)$/.exec(request.url ?? '') ?? [];
      if (signal !== undefined) take(signal as Signal, Buffer.concat(parts), request.headers as Record<string, string>);
      response.writeHead(signal === undefined ? 404 : 200).end();
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function overGrpc(take: Take): Promise<Listening> {
  const server = new Server();
  for (const [signal, name] of Object.entries(SERVICES)) {
    const service = `${signal === 'traces' ? 'Trace' : signal === 'logs' ? 'Logs' : 'Metrics'}Service`;
    const definition = {
      path: `/opentelemetry.proto.collector.${name}.v1.${service}/Export`,
      ...{ requestStream: false, responseStream: false },
      ...{ requestSerialize: (bytes: Buffer) => bytes, requestDeserialize: (bytes: Buffer) => bytes },
      ...{ responseSerialize: (bytes: Buffer) => bytes, responseDeserialize: (bytes: Buffer) => bytes },
    };
    server.addService(
      { Export: definition },
      {
        Export: (call: ServerUnaryCall<Buffer, Buffer>, done: (error: null, reply: Buffer) => void) => {
          take(signal as Signal, call.request, call.metadata.getMap() as Record<string, string>);
          done(null, Buffer.alloc(0));
        },
      },
    );
  }
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return { port, stop: () => Promise.resolve(server.forceShutdown()) };
}
