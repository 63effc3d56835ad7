/** What OpenTelemetry tells apart, named as in the paths of OTLP over HTTP. */
export type Signal = 'traces' | 'metrics' | 'logs';

/** Where telemetry goes: a collector, or PostgreSQL. */
export interface OtlpSink {
  /**
   * Takes one `Export…ServiceRequest` of OTLP as protobuf. Throws where it cannot be taken now; the caller decides
   * whether to try again, unless it is `Refused`. Must not block what it tells of.
   */
  export(signal: Signal, request: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** The request will never be taken. */
export class Refused extends Error {}
