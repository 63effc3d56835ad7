/** What the MCP tools take and answer, as far as the REST API does not say it already. */
import { z } from 'zod';
import { EventQuery, IdempotencyKey, JobId, RetryBody, SubmitBody } from './job-request.ts';
import { JobReply } from './job-record.ts';
import { ExecuteRequest, PlanId, PlanRequest } from './plan.ts';

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

export const RunTaskReply = JobReply.extend({ next_step: z.string().describe('What to do next.') });

const waiting = { wait: RunTaskInput.shape.wait, wait_timeout_s: RunTaskInput.shape.wait_timeout_s };

export const PlanTaskInput = PlanRequest.extend({
  ...waiting,
  wait: waiting.wait.describe('Reply when the plan is ready instead of at once; progress is reported meanwhile.'),
  idempotency_key: IdempotencyKey.optional().describe(
    'A name of your choice for this plan: calling again with the same name and task returns the same plan.',
  ),
});

export const PlanInput = z.strictObject({ plan_id: PlanId });

export const ExecutePlanInput = ExecuteRequest.extend({ plan_id: PlanId, ...waiting });

export const JobIdInput = z.strictObject({ job_id: JobId });

export const ListProfilesInput = z.strictObject({});

export const JobEventsInput = JobIdInput.extend(EventQuery.shape);
