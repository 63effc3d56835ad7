/**
 * Carries the trace of a request on to what a workflow starts. The published interceptors are not used: they want
 * another version of Temporal, and OpenTelemetry would become a part of the workflows.
 */
import type { Headers } from '@temporalio/common';
import type { WorkflowInterceptors } from '@temporalio/workflow';
import { traceIn, withTrace } from '../contract/workflow/trace-header.ts';

/** What the sandbox has of Node's class of that name. */
interface Storage {
  run<T>(value: string | undefined, work: () => T): T;
  getStore(): string | undefined;
}

const { AsyncLocalStorage } = globalThis as unknown as { AsyncLocalStorage: new () => Storage };
const traces = new AsyncLocalStorage();
let begun: string | undefined;

/** The trace of the request that is worked on; undefined where none came with it. */
export const currentTrace = (): string | undefined => traces.getStore();

/** The trace of the request that has started the workflow. */
export const firstTrace = (): string | undefined => begun;

/** Does `work` as a part of another trace. */
export const inTrace = <T>(trace: string | undefined, work: () => T): T => traces.run(trace, work);

const traced = <Input extends { headers: Headers }>(input: Input): Input => ({
  ...input,
  headers: withTrace(input.headers, currentTrace()),
});

export const interceptors = (): WorkflowInterceptors => ({
  inbound: [
    {
      execute(input, next) {
        begun = traceIn(input.headers);
        return inTrace(begun, () => next(input));
      },
      handleSignal: (input, next) => inTrace(traceIn(input.headers) ?? begun, () => next(input)),
      handleUpdate: (input, next) => inTrace(traceIn(input.headers), () => next(input)),
    },
  ],
  outbound: [
    {
      scheduleActivity: (input, next) => next(traced(input)),
      startChildWorkflowExecution: (input, next) => next(traced(input)),
      signalWorkflow: (input, next) => next(traced(input)),
      continueAsNew: (input, next) => next(traced(input)),
    },
  ],
});
