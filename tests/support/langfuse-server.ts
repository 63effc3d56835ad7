import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Usage } from '../../contract/shared/events.ts';
import { decodeOtlp } from '../../telemetry/otlp/codec.ts';
import type { OtlpSpan } from '../../telemetry/otlp/messages.ts';
import { plainAttributes } from '../../telemetry/store/plain-values.ts';

interface SeenSpan {
  span: OtlpSpan;
  attributes: Record<string, unknown>;
}

/** Takes traces where Langfuse does, from who has its keys; what comes again under the same ids replaces the first. */
export class LangfuseServer {
  readonly keys: Readonly<Record<'publicKey' | 'secretKey', string>>;
  /** By trace and span. */
  readonly spans = new Map<string, SeenSpan>();
  /** How often a request came, and how many spans in all. */
  readonly got = { requests: 0, spans: 0 };
  /** What it answers: a status; `hang` is no answer at all. */
  mood: number | 'hang' = 200;
  port = 0;
  #server: Server | undefined;

  constructor(secretKey = 'sk-lf-canary-of-this-test') {
    this.keys = { publicKey: 'pk-lf-test', secretKey };
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get env(): Record<string, string> {
    const { publicKey, secretKey } = this.keys;
    return { LANGFUSE_HOST: this.url, LANGFUSE_PUBLIC_KEY: publicKey, LANGFUSE_SECRET_KEY: secretKey };
  }

  /** Listens where it did before. */
  async start(): Promise<this> {
    const basic = `Basic ${Buffer.from(`${this.keys.publicKey}:${this.keys.secretKey}`).toString('base64')}`;
    this.#server = createServer((request, response) => {
      void buffer(request).then((body) => {
        this.got.requests++;
        if (this.mood === 'hang') return;
        const isOurs = request.url === '/api/public/otel/v1/traces' && request.headers.authorization === basic;
        if (!isOurs || this.mood !== 200) return response.writeHead(isOurs ? this.mood : 401).end();
        const isJson = request.headers['content-type'] === 'application/json';
        this.#take(body, isJson ? 'json' : 'protobuf');
        return response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await once(this.#server.listen(this.port, '127.0.0.1'), 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => (this.#server === undefined ? resolve(undefined) : this.#server.close(resolve)));
  }

  /** The spans of traces whose metadata has that value. */
  of(name: 'job_id' | 'run_id', id: string): SeenSpan[] {
    return [...this.spans.values()].filter(({ attributes }) => attributes[`langfuse.trace.metadata.${name}`] === id);
  }

  #take(body: Buffer, encoding: 'json' | 'protobuf'): void {
    for (const { scopeSpans = [] } of decodeOtlp('traces', body, encoding).resourceSpans ?? [])
      for (const span of scopeSpans.flatMap(({ spans = [] }) => spans)) {
        this.got.spans++;
        this.spans.set(`${span.traceId}/${span.spanId}`, { span, attributes: plainAttributes(span.attributes) });
      }
  }
}

/** What all generations have used, in our names, and what they have cost. */
export function totalsOf(spans: readonly SeenSpan[]): Usage & { cost: number } {
  const sums = { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_creation_tokens: 0, cost: 0 };
  for (const { attributes } of spans) {
    const read = (name: string): Record<string, number> =>
      JSON.parse((attributes[`langfuse.observation.${name}`] as string | undefined) ?? '{}') as Record<string, number>;
    const usage = read('usage_details');
    sums.input_tokens += usage.input ?? 0;
    sums.output_tokens += usage.output ?? 0;
    sums.cache_read_tokens += usage.cache_read_input_tokens ?? 0;
    sums.cache_creation_tokens += usage.cache_creation_input_tokens ?? 0;
    sums.cost += read('cost_details').total ?? 0;
  }
  return sums;
}
