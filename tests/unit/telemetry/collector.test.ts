import { afterEach, expect, test } from '@jest/globals';
import { openCollector } from '../../../telemetry/otlp/collector.ts';
import { startCollector, type Collector } from '../../support/collector.ts';

let collector: Collector | undefined;
afterEach(() => collector?.stop());

/** The headers with which a collector gets what is sent with `given`. */
async function received(protocol: 'grpc' | 'http', given: string): Promise<Record<string, string> | undefined> {
  collector = await startCollector(protocol);
  const sink = openCollector({ endpoint: collector.url, protocol, headers: given });
  await sink.export('traces', new Uint8Array());
  await sink.close();
  return collector.received[0]?.headers;
}

test.each(['grpc', 'http'] as const)(
  'each pair of OTEL_EXPORTER_OTLP_HEADERS is a header over %s: decoded, in small letters, without blanks around it',
  async (protocol) => {
    const headers = await received(
      protocol,
      ' X-Api-Key = k%2C1 , authorization=Basic dXNlcjpwYXNz==,nothing, =x, bad=%zz',
    );
    expect(headers).toMatchObject({ 'x-api-key': 'k,1', authorization: 'Basic dXNlcjpwYXNz==', bad: '%zz' });
    expect(Object.keys(headers ?? {})).not.toContain('nothing');
  },
);
