/** How a trace travels with what Temporal carries. No zod here: workflows import this file. */
import { defaultPayloadConverter, type Headers } from '@temporalio/common';

/** The header that the interceptors of Temporal's SDKs for OpenTelemetry use, too. */
const HEADER = '_tracer-data';

/** The traceparent (W3C) among the headers of a call; undefined where there is none. */
export function traceIn(headers: Headers): string | undefined {
  const payload = headers[HEADER];
  if (payload === undefined) return undefined;
  try {
    const { traceparent } = defaultPayloadConverter.fromPayload<{ traceparent?: unknown }>(payload);
    return typeof traceparent === 'string' ? traceparent : undefined;
  } catch {
    // Anybody may start a workflow: a header that is none must not fail it.
    return undefined;
  }
}

/** The headers with a traceparent; as they are where there is none. */
export const withTrace = (headers: Headers, traceparent: string | undefined): Headers =>
  traceparent === undefined ? headers : { ...headers, [HEADER]: defaultPayloadConverter.toPayload({ traceparent }) };
