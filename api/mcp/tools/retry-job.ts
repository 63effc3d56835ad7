import { RetryJobInput, RunTaskReply } from '../../../contract/http/mcp-inputs.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { defineTool, type McpTool } from '../tool.ts';
import { waitForEnd } from '../wait.ts';
import { nextStep } from './run-task.ts';

/** `retry_job`: tries a job again that did not succeed. */
export const retryJob = (deps: ApiDeps): McpTool =>
  defineTool({
    name: 'retry_job',
    title: 'Retry a job',
    description:
      'Retries a failed job as a new job that continues from where it stopped: from the delivery of its commits (without running the agent again), from the session of its agent, or from the start. retry_from of the reply says which.',
    input: RetryJobInput,
    output: RunTaskReply,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    call: async ({ job_id, from, wait, wait_timeout_s }, caller) => {
      let job = await deps.jobs.retry(job_id, caller.owner, from);
      if (wait) job = await waitForEnd(deps, { ...caller, job, timeoutMs: wait_timeout_s * 1_000 });
      return { job, next_step: nextStep(job) };
    },
  });
