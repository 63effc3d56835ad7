import { createHash } from 'node:crypto';
import { isSpanContextValid, TraceFlags, type SpanContext } from '@opentelemetry/api';

const digest = (kind: string, workflowId: string, length: number): string =>
  createHash('sha256').update(`${kind} ${workflowId}`).digest('hex').slice(0, length);

/** The span of a job, a plan or a run is known before it is made: those below it name it, and it can be told again. */
export const spanIdOf = (workflowId: string): string => digest('span', workflowId, 16);

/** The trace of a workflow that was started without one. */
const traceIdOf = (workflowId: string): string => digest('trace', workflowId, 32);

/** What a traceparent names; undefined where it is none. */
export function contextOf(traceparent: string | undefined): SpanContext | undefined {
  const parts = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-|$)/.exec(traceparent ?? '');
  if (parts === null) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = parts;
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
  return isSpanContextValid(context) ? context : undefined;
}

/** The place of a workflow's span in the trace of the request that has started it. */
export const contextOfWorkflow = (workflowId: string, traceparent: string | undefined): SpanContext => {
  const started = contextOf(traceparent);
  return {
    traceId: started?.traceId ?? traceIdOf(workflowId),
    spanId: spanIdOf(workflowId),
    traceFlags: started?.traceFlags ?? TraceFlags.SAMPLED,
    isRemote: true,
  };
};

export const traceparentOf = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`;
