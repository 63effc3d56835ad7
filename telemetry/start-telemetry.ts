import type { Registry } from 'prom-client';
import type { Logger } from '../contract/shared/logger.ts';
import type { CollectorSettings } from './otlp/collector.ts';
import type { OtlpSink } from './otlp/sink.ts';
import type { Tracing } from './traces/tracing.ts';

export interface TelemetrySettings {
  otelEnabled: boolean;
  otlpEndpoint: string | undefined;
  otlpProtocol: CollectorSettings['protocol'];
  otlpHeaders: string | undefined;
  otelServiceName: string;
}

/** Where a process sends telemetry: its own, and that of its agents. */
export interface Telemetry {
  /** Never fails and never blocks. */
  sink: OtlpSink;
  tracing: Tracing;
  /** Sends what is left, for a short time. */
  close(): Promise<void>;
}

interface TelemetryOptions {
  log: Logger;
  metrics: Registry;
  /** Opens the store that takes telemetry where there is no collector; undefined where there is none. */
  openStore?: (() => Promise<OtlpSink>) | undefined;
}

/** Undefined where telemetry is off: then nothing of it is loaded. A collector goes before the store. */
export async function startTelemetry(
  settings: TelemetrySettings,
  { log, metrics, openStore }: TelemetryOptions,
): Promise<Telemetry | undefined> {
  const { otelEnabled, otlpEndpoint: endpoint, otlpProtocol: protocol, otlpHeaders: headers } = settings;
  if (!otelEnabled || (endpoint === undefined && openStore === undefined)) return undefined;
  const { QueuedSink } = await import('./otlp/queued-sink.ts');
  const { openTracing } = await import('./traces/tracing.ts');
  const { openCollector } = await import('./otlp/collector.ts');
  const direct = endpoint === undefined ? await openStore?.() : openCollector({ endpoint, protocol, headers });
  if (direct === undefined) return undefined;
  const sink = new QueuedSink(direct, { log, metrics });
  const tracing = openTracing(sink, settings.otelServiceName);
  return {
    sink,
    tracing,
    async close() {
      await tracing.close();
      await sink.close();
    },
  };
}
