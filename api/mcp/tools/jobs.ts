import { JobQuery } from '../../../contract/http/job-request.ts';
import {
  EventPage,
  JobEventsInput,
  JobIdInput,
  GetJobInput,
  JobListPage,
  JobPage,
  RetryJobInput,
  RunTaskReply,
} from '../../../contract/http/mcp-inputs.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { eventPage } from '../paging/events.ts';
import { inList, jobPage } from '../paging/record.ts';
import { fittingPage } from '../paging/size.ts';
import { defineTool, READ_ONLY, type McpTool } from '../tool.ts';
import { waitForEnd } from '../wait.ts';
import { nextStep } from './run-task.ts';

/** `get_job`: the record of a job, in parts where it is long. */
export const getJobTool = ({ jobs }: ApiDeps): McpTool =>
  defineTool({
    name: 'get_job',
    title: 'Read a job',
    description:
      'The state of a job: status, stage, branch, output and cost; for a failed job the error and what to do about it. Where its texts are too long for one answer, cut names those of which only a part is here; pass next_cursor as cursor for the next part, until it is null.',
    input: GetJobInput,
    output: JobPage,
    annotations: READ_ONLY,
    call: async ({ job_id, cursor }, { owner }) => jobPage(await jobs.reader.get(job_id, owner), cursor),
  });

/** `list_jobs`: a page of jobs. */
export const listJobsTool = ({ jobs }: ApiDeps): McpTool =>
  defineTool({
    name: 'list_jobs',
    title: 'List jobs',
    description:
      'Lists jobs: running and waiting ones first, then the newest, as many as fit into one answer. Pass next_cursor as cursor for the next page. Long texts are cut; get_job has them whole.',
    input: JobQuery,
    output: JobListPage,
    annotations: READ_ONLY,
    call: (query, { owner }) =>
      fittingPage(query.limit, async (limit) => {
        const page = await jobs.reader.list(owner, { ...query, limit });
        return { ...page, jobs: page.jobs.map(({ task, ...job }) => inList({ task, ...job })) };
      }),
  });

/** `cancel_job`: ends a job. */
export const cancelJobTool = ({ jobs }: ApiDeps): McpTool =>
  defineTool({
    name: 'cancel_job',
    title: 'Cancel a job',
    description:
      'Cancels a waiting or running job; work that it has not delivered is lost. Does nothing to a job that has ended.',
    input: JobIdInput,
    output: JobPage,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    call: async ({ job_id }, { owner }) => jobPage(await jobs.cancel(job_id, owner)),
  });

/** `retry_job`: retries a job that did not succeed. */
export const retryJobTool = (deps: ApiDeps): McpTool =>
  defineTool({
    name: 'retry_job',
    title: 'Retry a job',
    description:
      'Retries a failed job as a new job that continues from where it stopped: from the delivery of its commits (without running the agent again), from the session of its agent, or from the start. retry_from of the reply says which.',
    input: RetryJobInput,
    output: RunTaskReply,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    call: async ({ job_id, wait, wait_timeout_s, ...request }, caller) => {
      let job = await deps.jobs.retry(job_id, caller.owner, request);
      if (wait) job = await waitForEnd(deps, { ...caller, job, timeoutMs: wait_timeout_s * 1_000 });
      return { ...jobPage(job), next_step: nextStep(job) };
    },
  });

/** `job_events`: what a job and its agent did, page by page. */
export const jobEventsTool = (deps: ApiDeps): McpTool =>
  defineTool({
    name: 'job_events',
    title: "Read a job's events",
    description:
      "What a job and its agent did so far, in order: stages, the agent's words, its tool calls and their results, as many events as fit into one answer. Pass next_cursor as cursor to read what came after; ended tells whether more can come. An event that is too large for one answer comes alone and in parts: cut says which part is here, and next_cursor brings the next one.",
    input: JobEventsInput,
    output: EventPage,
    annotations: READ_ONLY,
    call: async ({ job_id, ...query }, { owner }) => eventPage(deps, await deps.jobs.reader.get(job_id, owner), query),
  });
