import { JobQuery } from '../../../contract/http/job-request.ts';
import { JobListReply, JobReply } from '../../../contract/http/job-record.ts';
import { JobIdInput } from '../../../contract/http/mcp-inputs.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { canonicalQuery } from '../../jobs/resolve-request.ts';
import { defineTool, type McpTool } from '../tool.ts';

/** What a tool promises that only reads what is here. */
export const READ_ONLY = { readOnlyHint: true, openWorldHint: false } as const;

/** `get_job`: the record of a job. */
export const getJob = ({ jobs }: ApiDeps): McpTool =>
  defineTool({
    name: 'get_job',
    title: 'Read a job',
    description:
      'The state of a job: status, stage, branch, output and cost; for a failed job the error and what to do about it.',
    input: JobIdInput,
    output: JobReply,
    annotations: READ_ONLY,
    call: async ({ job_id }, { owner }) => ({ job: await jobs.get(job_id, owner) }),
  });

/** `list_jobs`: a page of jobs. */
export const listJobs = ({ jobs, config }: ApiDeps): McpTool =>
  defineTool({
    name: 'list_jobs',
    title: 'List jobs',
    description:
      'Lists jobs: running and waiting ones first, then the newest. Pass next_cursor as cursor for the next page.',
    input: JobQuery,
    output: JobListReply,
    annotations: READ_ONLY,
    call: async (query, { owner }) => {
      const page = await jobs.list(owner, canonicalQuery(config, query));
      return { count: page.jobs.length, jobs: page.jobs, next_cursor: page.nextCursor };
    },
  });

/** `cancel_job`: ends a job. */
export const cancelJob = ({ jobs }: ApiDeps): McpTool =>
  defineTool({
    name: 'cancel_job',
    title: 'Cancel a job',
    description:
      'Cancels a waiting or running job; work that it has not delivered is lost. Does nothing to a job that has ended.',
    input: JobIdInput,
    output: JobReply,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    call: async ({ job_id }, { owner }) => ({ job: await jobs.cancel(job_id, owner) }),
  });
