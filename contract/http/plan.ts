/** What plans are asked for by, and how they are shown. */
import { z } from 'zod';
import { JobId, JobQuery, JobRequest, SubmitBody } from './job-request.ts';
import { JobRecord, JobReply } from './job-record.ts';

/** A plan's id; it is the id of the job that makes it, too. */
export const PlanId = z.uuid('must be a plan_id from POST /plans');

/** Body of POST /plans, less the waiting. */
export const PlanRequest = JobRequest.omit({ session_id: true }).extend({
  task: JobRequest.shape.task.describe('The task to plan, in words. At most 256 KiB.'),
  file_path: JobRequest.shape.file_path.describe(
    "Path, on the server, of a .mcp.json for the job that executes the plan; the planning agent has no MCP servers. It must lie in the server's AGENTICORE_MCP_FILES_DIR.",
  ),
});
export type PlanRequest = z.infer<typeof PlanRequest>;

const waiting = { wait: SubmitBody.shape.wait, wait_timeout_s: SubmitBody.shape.wait_timeout_s };

/** Body of POST /plans. */
export const PlanBody = PlanRequest.extend({
  ...waiting,
  wait: waiting.wait.describe('Reply when the plan is ready, with 200; or with 202 when it is not ready in time.'),
});

/** Body of POST /plans/{id}/execute, less the waiting. What is absent is as it was for the plan. */
export const ExecuteRequest = JobRequest.omit({ task: true, session_id: true }).extend({
  again: z
    .boolean()
    .default(false)
    .describe('Start another job. Without it a plan is executed once: repeating the request returns the same job.'),
});
export type ExecuteRequest = z.infer<typeof ExecuteRequest>;

export const ExecuteBody = ExecuteRequest.extend(waiting);

const PlanStatus = z.enum(['pending', 'ready', 'failed']);
export type PlanStatus = z.infer<typeof PlanStatus>;

/** Which plans a list shows. */
export const PlanQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  status: PlanStatus.optional(),
  cursor: JobQuery.shape.cursor,
});
export type PlanQuery = z.infer<typeof PlanQuery>;

/** A plan as every surface shows it. Fields that are not known (yet) are null. */
export const PlanRecord = JobRecord.pick({
  id: true,
  task: true,
  repo_url: true,
  base_ref: true,
  stage: true,
  queue_position: true,
  profile: true,
  profile_reason: true,
  model: true,
  priority: true,
  owner: true,
  session_id: true,
  error: true,
  error_code: true,
  error_stage: true,
  next_step: true,
  warnings: true,
  usage: true,
  cost_usd: true,
  num_turns: true,
  created_at: true,
  started_at: true,
  ended_at: true,
  ui_url: true,
}).extend({
  name: z.string().describe('Made from the task and the id, for people.'),
  status: PlanStatus.describe('A cancelled or expired plan is failed; error_code tells which.'),
  content: z.string().nullable().describe('The plan, in Markdown; null until it is ready and in lists.'),
  planning_job_id: z
    .string()
    .describe('The job that makes the plan, for its events, its transcript and its cancellation.'),
  execution_job_id: z.string().nullable().describe('The job that executes the plan; null while there is none.'),
});
export type PlanRecord = z.infer<typeof PlanRecord>;

export const PlanReply = z.object({ success: z.literal(true), plan: PlanRecord });
export const PlanListReply = z.object({
  success: z.literal(true),
  count: z.number().int(),
  plans: z.array(PlanRecord),
  next_cursor: z.string().nullable(),
});

/** Answer of POST /plans. */
export const PlanMadeReply = PlanReply.extend({
  plan_id: z.string(),
  plan_name: z.string(),
  job_id: z.string().describe('The job that makes the plan.'),
  status: PlanStatus,
  content: z.string(),
});

/** Answer of POST /plans/{id}/execute. */
export const ExecuteReply = JobReply.extend({ plan_id: z.string(), job_id: JobId });
