/** What the MCP tools take and answer, as far as the REST API does not say it already. */
import { z } from 'zod';
import { EventQuery, IdempotencyKey, JobId, RetryBody, SubmitBody } from './job-request.ts';
import { JobListReply, JobRecord, JobReply } from './job-record.ts';
import {
  ExecuteReply,
  ExecuteRequest,
  PlanId,
  PlanListReply,
  PlanMadeReply,
  PlanRecord,
  PlanReply,
  PlanRequest,
} from './plan.ts';
import { EventReply, ProfileReply } from './replies.ts';
import { CleanupReply, WorktreeListReply, WorktreeRecord } from './worktree.ts';

/** A text of which an answer has only a part. */
const CutText = z.object({
  field: z.string(),
  from: z.number().int().describe('Character at which the part begins.'),
  to: z.number().int().describe('Character before which it ends.'),
  of: z.number().int().describe('Characters of the whole text.'),
});
export type CutText = z.infer<typeof CutText>;

const listed = { cut: z.array(CutText).optional().describe('The texts of which only the beginning is here.') };

/** What says of a record that it does not fit into one answer. */
export const paged = {
  cut: z.array(CutText).describe('The texts of which only a part is here.'),
};

export const nextOf = (tool: string): z.ZodType<string | null> =>
  z.string().nullable().describe(`Pass it as \`cursor\` to ${tool} for the next part of the texts; null at the end.`);

const pagedJob = { ...paged, next_cursor: nextOf('get_job') };
const pagedPlan = { ...paged, next_cursor: nextOf('get_plan') };

export const partCursor = z.coerce
  .string()
  .regex(/^\d{1,12}$/, 'must be next_cursor of the previous answer')
  .optional()
  .describe('`next_cursor` of the previous answer: the next part of what is too long for one.');

export const RunTaskInput = SubmitBody.extend({
  wait: SubmitBody.shape.wait.describe(
    'Reply when the job has ended instead of at once; progress is reported meanwhile.',
  ),
  idempotency_key: IdempotencyKey.optional().describe(
    'A name of your choice for this job: calling again with the same name and task returns the same job and starts no other.',
  ),
  cancel_job_on_disconnect: z
    .boolean()
    .default(false)
    .describe('Cancel the job when this call is cancelled or its caller disconnects. Otherwise the job continues.'),
});

export const RetryJobInput = RetryBody.extend({ job_id: JobId, wait: RunTaskInput.shape.wait });

export const JobPage = JobReply.extend(pagedJob);

export const RunTaskReply = JobPage.extend({ next_step: z.string().describe('What to do next.') });

export const JobListPage = JobListReply.extend({ jobs: z.array(JobRecord.extend(listed)) });

const waiting = { wait: RunTaskInput.shape.wait, wait_timeout_s: RunTaskInput.shape.wait_timeout_s };

export const PlanTaskInput = PlanRequest.extend({
  ...waiting,
  wait: waiting.wait.describe('Reply when the plan is ready instead of at once; progress is reported meanwhile.'),
  idempotency_key: IdempotencyKey.optional().describe(
    'A name of your choice for this plan: calling again with the same name and task returns the same plan.',
  ),
});

export const PlanMadePage = PlanMadeReply.extend(pagedPlan);

export const PlanInput = z.strictObject({ plan_id: PlanId, cursor: partCursor });

export const PlanPage = PlanReply.extend(pagedPlan);

export const PlanListPage = PlanListReply.extend({ plans: z.array(PlanRecord.extend(listed)) });

export const ExecutePlanInput = ExecuteRequest.extend({ plan_id: PlanId, ...waiting });

export const ExecutePage = ExecuteReply.extend(pagedJob);

export const JobIdInput = z.strictObject({ job_id: JobId });

export const GetJobInput = JobIdInput.extend({ cursor: partCursor });

export const ListProfilesInput = z.strictObject({
  cursor: partCursor.describe('`next_cursor` of the page before.'),
});

export const ProfilePage = ProfileReply.extend({
  count: ProfileReply.shape.count.describe('Of all pages.'),
  next_cursor: z.string().nullable().describe('Pass it as `cursor` for the next page; null at the end.'),
});

export const JobEventsInput = JobIdInput.extend({
  cursor: z.coerce
    .string()
    .regex(/^\d{1,15}(:\d{1,12})?$/, 'must be next_cursor of the previous answer, or the number of an event')
    .default('0')
    .describe('Return what comes after: `next_cursor` of the previous answer, or the `seq` of an event.'),
  limit: EventQuery.shape.limit.describe('Most events; as many as fit into one answer are returned.'),
});

const LoggedEvent = EventReply.shape.events.element;

export const EventPage = EventReply.omit({ cursor: true }).extend({
  events: z.array(
    LoggedEvent.extend({
      cut: z
        .array(CutText)
        .optional()
        .describe(
          'Of an event that comes in parts: the fields of `event` of which only a part is here, as text or JSON.',
        ),
    }),
  ),
  next_cursor: z.string().describe('Pass it as `cursor` for what comes after, and for the next part of an event.'),
});

export const WorktreeListPage = WorktreeListReply.extend({ worktrees: z.array(WorktreeRecord.extend(listed)) });

export const CleanupPage = CleanupReply.extend({
  not_listed: z
    .number()
    .int()
    .describe('How many more results there are than fit into the answer; those that were kept are listed first.'),
});
