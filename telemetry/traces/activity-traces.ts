import { context, SpanKind, trace, type SpanContext } from '@opentelemetry/api';
import type { Info } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { JOB_WORKFLOW, PLAN_WORKFLOW, RUN_WORKFLOW, sessionOfRun } from '../../contract/workflow/names.ts';
import { traceIn } from '../../contract/workflow/trace-header.ts';
import { ourTracer, untilEnd } from '../in-span.ts';
import { contextOf, contextOfWorkflow } from './ids.ts';

/** Workflows that become a span when they have ended. */
const TOLD: readonly string[] = [JOB_WORKFLOW, PLAN_WORKFLOW, RUN_WORKFLOW];

/** Makes each attempt of an activity a span, below that of its job or run. */
export const activityTraces: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    execute(input, next) {
      const parent = parentOf(info, traceIn(input.headers));
      if (parent === undefined) return next(input);
      const { activityType, attempt, workflowExecution, workflowType, taskQueue } = info;
      const id = workflowExecution?.workflowId ?? '';
      const attributes = {
        'agenticore.step': activityType,
        'agenticore.attempt': attempt,
        'agenticore.host': taskQueue,
        [`agenticore.${workflowType ?? 'workflow'}.id`]: id,
        ...(sessionOfRun(id) && { 'agenticore.session.id': sessionOfRun(id)?.session_id }),
      };
      const above = trace.setSpanContext(context.active(), parent);
      return ourTracer().startActiveSpan(activityType, { kind: SpanKind.CONSUMER, attributes }, above, (span) =>
        untilEnd(span, () => next(input)),
      );
    },
  },
});

/** What is worked on for a workflow that becomes no span hangs below the request itself. */
function parentOf({ workflowExecution, workflowType }: Info, traceparent: string | undefined): SpanContext | undefined {
  if (workflowExecution === undefined || !TOLD.includes(workflowType ?? '')) return contextOf(traceparent);
  return contextOfWorkflow(workflowExecution.workflowId, traceparent);
}
