import type { JobRecord } from '../../../contract/http/job-record.ts';
import { RunTaskInput, RunTaskReply } from '../../../contract/http/mcp-inputs.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { jobPage } from '../paging/record.ts';
import { defineTool, type McpTool } from '../tool.ts';
import { waitForEnd } from '../wait.ts';

/** `run_task`: starts a job, and waits for its end if asked. */
export function runTaskTool(deps: ApiDeps): McpTool {
  const { jobs } = deps;
  return defineTool({
    name: 'run_task',
    title: 'Run a task',
    description:
      'Give a task to a coding agent, as a durable job: it works on a fresh checkout of repo_url and delivers a branch, or in an empty directory where there is none. Answers at once with the id of the job (ask get_job), or with wait: true when it has ended.',
    input: RunTaskInput,
    output: RunTaskReply,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
    meta: { 'anthropic/alwaysLoad': true },
    call: async ({ wait, wait_timeout_s, idempotency_key, cancel_job_on_disconnect, ...request }, caller) => {
      const { owner, signal, stopping } = caller;
      let job = await jobs.submit(request, { owner, key: idempotency_key });
      if (wait) job = await waitForEnd(deps, { ...caller, job, timeoutMs: wait_timeout_s * 1_000 });
      if (cancel_job_on_disconnect && signal.aborted && !stopping.aborted) job = await jobs.cancel(job.id, owner);
      return { ...jobPage(job), next_step: nextStep(job) };
    },
  });
}

/** What the caller may do about a job as it is. */
export function nextStep(job: JobRecord): string {
  if (job.ended_at === null)
    return `The job continues. Call get_job with job_id ${job.id} for its state, or job_events for what its agent does.`;
  if (job.next_step !== null) return job.next_step;
  if (job.pr_url !== null) return `Review the pull request ${job.pr_url}.`;
  return job.branch === null ? 'Nothing to do: the job has ended.' : `Fetch the branch ${job.branch}.`;
}
