import { EventReply } from '../../../contract/http/replies.ts';
import { JobEventsInput } from '../../../contract/http/mcp-inputs.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { readEventPage } from '../../events/page.ts';
import { defineTool, type McpTool } from '../tool.ts';
import { READ_ONLY } from './jobs.ts';

/** `job_events`: what a job and its agent did, page by page. */
export const jobEvents = (deps: ApiDeps): McpTool =>
  defineTool({
    name: 'job_events',
    title: "Read a job's events",
    description:
      "What a job and its agent did so far, in order: stages, the agent's words, its tool calls and their results. Pass cursor of the answer to read what came after; ended tells whether more can come.",
    input: JobEventsInput,
    output: EventReply,
    annotations: READ_ONLY,
    call: async ({ job_id, ...query }, { owner }) => readEventPage(deps, await deps.jobs.get(job_id, owner), query),
  });
