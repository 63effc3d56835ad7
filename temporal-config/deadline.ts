import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { orClosed, type Interceptor } from './cancel-after-close.ts';

/** How long Temporal may take to answer (milliseconds), the client's further tries included. */
const ANSWER_MS = 5_000;

/**
 * Calls that Temporal answers at once, or not at all. Those that wait for something to happen are not among them, nor
 * is the start of a workflow: whether an unconfirmed start took effect is unknown.
 */
const PROMPT: ReadonlySet<string | undefined> = new Set([
  'CountWorkflowExecutions',
  'DescribeTaskQueue',
  'DescribeWorkflowExecution',
  'ListWorkflowExecutions',
  'RequestCancelWorkflowExecution',
]);

/** What the client does by default, its further tries, within the time that a user waits; then DEADLINE_EXCEEDED. */
export function withinDeadline(): Interceptor {
  const again = makeGrpcRetryInterceptor(defaultGrpcRetryOptions());
  return (options, nextCall) => {
    const prompt = PROMPT.has(options.method_definition.path.split('/').at(-1));
    const deadline = options.deadline ?? Date.now() + ANSWER_MS;
    return again(prompt ? { ...options, deadline } : options, orClosed(nextCall));
  };
}
