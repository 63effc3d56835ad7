import { RetryJobInput, RunTaskReply } from '../../../contract/http/mcp-inputs.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { defineTool, type McpTool } from '../tool.ts';
import { waitForEnd } from '../wait.ts';
import { nextStep } from './run-task.ts';

/** `retry_job`: tries a job again that did not succeed. */
export const retryJob = (deps: ApiDeps): McpTool =>
  defineTool({
    name: 'retry_job',
    title: 'Try a job again',
    description:
      'Try a job again that failed, as a new job that begins with what the failed one left: the delivery of what is committed (without asking the agent again), the session of its agent, or the start. retry_from of the answer says which.',
    input: RetryJobInput,
    output: RunTaskReply,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    call: async ({ job_id, from, wait, wait_timeout_s }, caller) => {
      let job = await deps.jobs.retry(job_id, caller.owner, from);
      if (wait) job = await waitForEnd(deps, { ...caller, job, timeoutMs: wait_timeout_s * 1_000 });
      return { job, next_step: nextStep(job) };
    },
  });
