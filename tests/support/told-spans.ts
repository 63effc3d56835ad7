import { decodeOtlp } from '../../telemetry/otlp/codec.ts';
import type { OtlpSpan } from '../../telemetry/otlp/messages.ts';
import { openTracing } from '../../telemetry/traces/tracing.ts';

/** The spans that this process makes from now on. Only one test at a time can ask for them. */
export function spansOfProcess(): { ended(): Promise<OtlpSpan[]> } {
  const bodies: Uint8Array[] = [];
  const sink = {
    export: (_signal: string, body: Uint8Array) => Promise.resolve(void bodies.push(body)),
    close: () => Promise.resolve(),
  };
  const tracing = openTracing(sink, 'test');
  return {
    /** Those that have ended; no more are made. */
    async ended() {
      await tracing.close();
      return bodies
        .flatMap((body) => decodeOtlp('traces', body, 'protobuf').resourceSpans ?? [])
        .flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans));
    },
  };
}
