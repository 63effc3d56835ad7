import { z } from 'zod';
import { secret, setting } from '../setting.ts';
import { flag, maybeText, text, url, whole } from '../values.ts';

const protocol = z
  .string()
  .refine((value) => ['grpc', 'http', 'http/protobuf'].includes(value), 'must be grpc or http')
  .transform((value) => (value === 'grpc' ? 'grpc' : 'http'));

/** What is told to those who look on: traces, metrics, logs and transcripts. */
export const TELEMETRY = {
  otelEnabled: setting(
    'AGENTICORE_OTEL_ENABLED',
    flag,
    'true',
    'Whether telemetry is sent, ours and that of the agents, once there is a collector or PostgreSQL for it.',
  ),
  otlpEndpoint: setting(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    url('http:', 'https:'),
    '',
    'Collector of telemetry; its base address, to which HTTP adds `/v1/traces`, `/v1/metrics` and `/v1/logs`.',
  ),
  otlpProtocol: setting('OTEL_EXPORTER_OTLP_PROTOCOL', protocol, 'grpc', 'How it is spoken to: `grpc` or `http`.'),
  otlpHeaders: secret(
    'OTEL_EXPORTER_OTLP_HEADERS',
    maybeText,
    'Headers for the collector, as `name=value` pairs separated by commas. Agents never get them.',
  ),
  otelServiceName: setting('OTEL_SERVICE_NAME', text, 'agenticore', 'Name of the service in our telemetry.'),
  otelLogPrompts: setting(
    'AGENTICORE_OTEL_LOG_PROMPTS',
    flag,
    'false',
    'Whether prompts and answers are part of the telemetry.',
  ),
  otelLogToolDetails: setting(
    'AGENTICORE_OTEL_LOG_TOOL_DETAILS',
    flag,
    'true',
    'Whether the names and arguments of tools are part of the telemetry.',
  ),
  postgresUrl: secret(
    'POSTGRES_URL',
    url('postgres:', 'postgresql:'),
    'PostgreSQL that keeps the telemetry and what jobs have cost.',
  ),
  telemetryRetentionDays: setting(
    'AGENTICORE_TELEMETRY_RETENTION_DAYS',
    whole(1, 3_650),
    '30',
    'Days after which traces, metrics and logs are deleted from PostgreSQL. What jobs have cost stays.',
  ),
  langfuseHost: setting(
    'LANGFUSE_HOST',
    url('http:', 'https:'),
    'https://cloud.langfuse.com',
    'Address of Langfuse, which gets a trace of each job, run and chat turn where both keys are set.',
  ),
  langfusePublicKey: setting('LANGFUSE_PUBLIC_KEY', maybeText, '', 'Its public key.'),
  langfuseSecretKey: secret('LANGFUSE_SECRET_KEY', maybeText, 'Its secret key.'),
};
