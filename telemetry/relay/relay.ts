import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { trace } from '@opentelemetry/api';
import { decodeOtlp, encodeOtlp, encodeOtlpReply, OtlpMalformed } from '../otlp/codec.ts';
import type { LogsRequest } from '../otlp/messages.ts';
import type { OtlpSink, Signal } from '../otlp/sink.ts';
import { spanIdOf, traceparentOf } from '../traces/ids.ts';
import { attribute, type ToldTurn } from './attribution.ts';

/** Bytes of one request. */
const MAX_BODY = 4 * 1024 * 1024;

/** Programs that are known, and turns of one: the oldest give way. */
const MAX_LINES = 1_000;
const MAX_TURNS = 100;

/** Where the program of one agent sends its telemetry. */
export interface RelayLine {
  /** Base address; a random path tells the programs apart. */
  url: string;
  /** The span under way, below which the program's are. */
  traceparent?: string;
}

/** What must not be told. */
interface Discretion {
  /** Replaces the secrets in every text of a JSON value. */
  mask: (value: unknown) => unknown;
  /** Attributes of log records, by the name of their event. */
  untold: ReadonlyMap<string, readonly string[]>;
}

/**
 * Takes the telemetry of agents on this host's loopback, without a credential, says whose it is, and hands it on. So no
 * agent has the collector's credential, and none can speak for another. An agent may have read its model's credential
 * and speak of it: that is masked.
 */
export class TelemetryRelay {
  readonly #sink: OtlpSink;
  readonly #discretion: Discretion;
  readonly #server: Server;
  readonly #lines = new Map<string, ToldTurn[]>();

  private constructor(sink: OtlpSink, discretion: Discretion) {
    this.#sink = sink;
    this.#discretion = discretion;
    this.#server = createServer((request, response) => {
      this.#take(request, response).catch(() => response.destroy());
    });
  }

  static async start(sink: OtlpSink, discretion: Discretion): Promise<TelemetryRelay> {
    const relay = new TelemetryRelay(sink, discretion);
    relay.#server.listen(0, '127.0.0.1').unref();
    await once(relay.#server, 'listening');
    return relay;
  }

  /** Opens a line for a program that is about to start. */
  open(): RelayLine {
    const token = randomBytes(16).toString('hex');
    this.#lines.set(token, []);
    const [oldest] = this.#lines.keys();
    if (this.#lines.size > MAX_LINES && oldest !== undefined) this.#lines.delete(oldest);
    const { port } = this.#server.address() as AddressInfo;
    const span = trace.getActiveSpan()?.spanContext();
    return { url: `http://127.0.0.1:${port}/${token}`, ...(span && { traceparent: traceparentOf(span) }) };
  }

  /** From now on the program works on a turn of the workflow `workflowId`, below the span that is under way. */
  begin({ url }: Pick<RelayLine, 'url'>, workflowId: string, attributes: ToldTurn['attributes']): void {
    const token = new URL(url).pathname.slice(1);
    const turns = this.#lines.get(token) ?? [];
    // One that is asked again is not the oldest any more.
    this.#lines.delete(token);
    const parent = trace.getActiveSpan()?.spanContext();
    const ours = [spanIdOf(workflowId), ...(parent === undefined ? [] : [parent.spanId])];
    const at = BigInt(Date.now()) * 1_000_000n;
    this.#lines.set(token, [...turns, { at, parent, ours, attributes }].slice(-MAX_TURNS));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, token = '', signal] = /^\/([\da-f]{32})\/v1\/(traces|metrics|logs)$/.exec(request.url ?? '') ?? [];
    const turns = this.#lines.get(token);
    if (request.method !== 'POST' || turns === undefined) return refuse(response, 404);
    const body = await bodyOf(request);
    if (body === undefined) return refuse(response, 413);
    const encoding = request.headers['content-type']?.includes('json') === true ? 'json' : 'protobuf';
    try {
      await this.#pass(signal as Signal, decodeOtlp(signal as Signal, body, encoding), turns);
    } catch (error) {
      if (error instanceof OtlpMalformed) return refuse(response, 400);
      throw error;
    }
    response.setHeader('content-type', encoding === 'json' ? 'application/json' : 'application/x-protobuf');
    response.end(encodeOtlpReply(signal as Signal, undefined, encoding));
  }

  /** What comes from a program that nobody has asked yet is nobody's. */
  async #pass<S extends Signal>(
    signal: S,
    decoded: ReturnType<typeof decodeOtlp<S>>,
    turns: ToldTurn[],
  ): Promise<void> {
    if (turns.length === 0) return;
    const request = this.#discretion.mask(decoded) as typeof decoded;
    if ('resourceLogs' in request) leaveOut(request, this.#discretion.untold);
    attribute(signal, request, turns);
    await this.#sink.export(signal, encodeOtlp(signal, request, 'protobuf'));
  }
}

function leaveOut({ resourceLogs = [] }: LogsRequest, untold: Discretion['untold']): void {
  const scopes = resourceLogs.flatMap(({ scopeLogs = [] }) => scopeLogs);
  for (const record of scopes.flatMap(({ logRecords = [] }) => logRecords)) {
    const { attributes = [] } = record;
    const event = attributes.find(({ key }) => key === 'event.name')?.value?.stringValue;
    const names = untold.get(event ?? '');
    if (names !== undefined) record.attributes = attributes.filter(({ key = '' }) => !names.includes(key));
  }
}

/** Undefined where it is too large. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_BODY) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { connection: 'close' }).end();
}
