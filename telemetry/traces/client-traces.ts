import { trace } from '@opentelemetry/api';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { Headers } from '@temporalio/common';
import { withTrace } from '../../contract/workflow/trace-header.ts';
import { traceparentOf } from './ids.ts';

/** Sends the span under way with what starts, signals or updates a workflow. */
export const clientTraces: WorkflowClientInterceptor = {
  startWithDetails: (input, next) => next({ ...input, headers: traced(input.headers) }),
  signal: (input, next) => next({ ...input, headers: traced(input.headers) }),
  signalWithStart: (input, next) => next({ ...input, headers: traced(input.headers) }),
  startUpdate: (input, next) => next({ ...input, headers: traced(input.headers) }),
  startUpdateWithStart: (input, next) =>
    next({
      ...input,
      workflowStartHeaders: traced(input.workflowStartHeaders),
      updateHeaders: traced(input.updateHeaders),
    }),
};

function traced(headers: Headers): Headers {
  const span = trace.getActiveSpan();
  return withTrace(headers, span && traceparentOf(span.spanContext()));
}
