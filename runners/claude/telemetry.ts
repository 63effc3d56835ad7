import type { AgentTelemetry } from '../agent.ts';

/** How often the CLI hands on what it has (milliseconds): a warm one waits for its next message with nothing left. */
const SOON_MS = '1000';
const METRICS_MS = '5000';

/** How long a CLI that ends may wait for what it sends. */
const SHUTDOWN_MS = '1000';

/** The CLI's own variables for its telemetry. */
export const telemetryVariables = (
  { url, traceparent, prompts, toolDetails }: AgentTelemetry,
  noProxy: string | undefined,
): Record<string, string> => ({
  CLAUDE_CODE_ENABLE_TELEMETRY: '1',
  // Without it there are no spans.
  CLAUDE_CODE_ENHANCED_TELEMETRY_BETA: '1',
  CLAUDE_CODE_OTEL_SHUTDOWN_TIMEOUT_MS: SHUTDOWN_MS,
  OTEL_TRACES_EXPORTER: 'otlp',
  OTEL_METRICS_EXPORTER: 'otlp',
  OTEL_LOGS_EXPORTER: 'otlp',
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_TRACES_EXPORT_INTERVAL: SOON_MS,
  OTEL_LOGS_EXPORT_INTERVAL: SOON_MS,
  OTEL_METRIC_EXPORT_INTERVAL: METRICS_MS,
  OTEL_LOG_USER_PROMPTS: prompts ? '1' : '0',
  OTEL_LOG_ASSISTANT_RESPONSES: prompts ? '1' : '0',
  OTEL_LOG_TOOL_DETAILS: toolDetails ? '1' : '0',
  OTEL_LOG_TOOL_CONTENT: '0',
  ...(traceparent !== undefined && { TRACEPARENT: traceparent }),
  NO_PROXY: [noProxy, '127.0.0.1'].filter(Boolean).join(','),
});
