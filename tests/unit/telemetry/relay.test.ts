import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { ourTracer } from '../../../telemetry/in-span.ts';
import { decodeOtlp } from '../../../telemetry/otlp/codec.ts';
import type { OtlpSpan } from '../../../telemetry/otlp/messages.ts';
import { TelemetryRelay, type RelayLine } from '../../../telemetry/relay/relay.ts';
import { attributeOf } from '../../support/collector.ts';
import { spansOfProcess } from '../../support/told-spans.ts';

const TRACE = 'a'.repeat(32);

let relay: TelemetryRelay;
let handedOn: Uint8Array[];
beforeEach(async () => {
  handedOn = [];
  const sink = {
    export: (_signal: string, request: Uint8Array) => Promise.resolve(void handedOn.push(request)),
    close: () => Promise.resolve(),
  };
  relay = await TelemetryRelay.start(sink, { mask: (value) => value, untold: new Map() });
});
afterEach(() => relay.close());

const post = (url: string, body: string | Uint8Array, type = 'application/json'): Promise<Response> =>
  fetch(url, { method: 'POST', body, headers: { 'content-type': type } });

/** What an agent's program tells of spans that began at these times (milliseconds). */
const tell = (line: RelayLine, ...spans: { spanId: string; at: number; attributes?: object[] }[]): Promise<Response> =>
  post(
    `${line.url}/v1/traces`,
    JSON.stringify({
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: spans.map(({ spanId, at, attributes }) => ({
                ...{ traceId: TRACE, spanId, name: 'told', attributes },
                ...{ startTimeUnixNano: `${at}000000`, endTimeUnixNano: `${at}000000` },
              })),
            },
          ],
        },
      ],
    }),
  );

const told = (): OtlpSpan[] =>
  handedOn
    .flatMap((body) => decodeOtlp('traces', body, 'protobuf').resourceSpans ?? [])
    .flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans));

describe('a relay', () => {
  test('answers 404 to who does not know the path of a program, and hands nothing on', async () => {
    const { url } = relay.open();
    const { origin } = new URL(url);
    const paths = ['/v1/traces', `/${'0'.repeat(32)}/v1/traces`, `${new URL(url).pathname}/v1/secrets`, '/'];
    for (const path of paths) expect((await post(`${origin}${path}`, '{}')).status).toBe(404);
    expect((await fetch(`${url}/v1/traces`)).status).toBe(404);
    expect(handedOn).toEqual([]);
  });

  test('listens on the loopback, and neither its address nor its line has a credential', () => {
    const line = relay.open();
    expect(line.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\da-f]{32}$/);
    expect(Object.keys(line)).toEqual(['url']);
    expect(relay.open().url).not.toBe(line.url);
  });

  test('answers 413 to what is larger than 4 MiB, and 400 to what is no OTLP', async () => {
    const line = relay.open();
    relay.begin(line, 'a-job', {});
    expect((await post(`${line.url}/v1/traces`, new Uint8Array(4 * 1024 * 1024 + 1))).status).toBe(413);
    expect((await post(`${line.url}/v1/traces`, 'no json')).status).toBe(400);
    expect(handedOn).toEqual([]);
    expect((await tell(line, { spanId: 'b'.repeat(16), at: 1 })).status).toBe(200);
  });

  test('hands nothing on of a program that nobody has asked anything yet', async () => {
    const line = relay.open();
    expect((await tell(line, { spanId: 'b'.repeat(16), at: Date.now() })).status).toBe(200);
    expect(handedOn).toEqual([]);
  });

  test('says of each span the turn in whose time it began, whenever it comes, and what an agent says of that goes', async () => {
    const line = relay.open();
    relay.begin(line, 'session.1', { 'agenticore.run.id': 'session.1' });
    const first = Date.now();
    while (Date.now() === first) await new Promise(setImmediate);
    relay.begin(line, 'session.2', { 'agenticore.run.id': 'session.2' });
    const lie = [{ key: 'agenticore.run.id', value: { stringValue: 'of another' } }];
    await tell(
      line,
      { spanId: 'b'.repeat(16), at: Date.now() + 1 },
      { spanId: 'c'.repeat(16), at: first, attributes: lie },
      { spanId: 'd'.repeat(16), at: first - 60_000 },
    );
    expect(told().map((span) => attributeOf(span, 'agenticore.run.id'))).toEqual([
      'session.2',
      'session.1',
      'session.1',
    ]);
  });

  test('puts the spans of an agent below the one under way, and drops one that poses as ours', async () => {
    const spans = spansOfProcess();
    const line = relay.open();
    const ours = ourTracer().startActiveSpan('runAgent', (span) => {
      relay.begin(line, 'a-job', {});
      span.end();
      return span.spanContext();
    });
    expect(trace.getActiveSpan()).toBeUndefined();
    await tell(line, { spanId: ours.spanId, at: Date.now() }, { spanId: 'b'.repeat(16), at: Date.now() });
    expect(told()).toMatchObject([{ spanId: 'b'.repeat(16), traceId: ours.traceId, parentSpanId: ours.spanId }]);
    expect((await spans.ended()).map(({ name }) => name)).toEqual(['runAgent']);
  });
});
