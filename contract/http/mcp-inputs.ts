/** What the MCP tools take and answer, as far as the REST API does not say it already. */
import { z } from 'zod';
import { EventQuery, IdempotencyKey, JobId, RetryBody, SubmitBody } from './job-request.ts';
import { JobReply } from './job-record.ts';
import { ExecuteRequest, PlanId, PlanRequest } from './plan.ts';

export const RunTaskInput = SubmitBody.extend({
  wait: SubmitBody.shape.wait.describe(
    'Answer when the job has ended, instead of at once; progress is reported meanwhile.',
  ),
  idempotency_key: IdempotencyKey.optional().describe(
    'A name of your own for this job: calling again with the same name and task answers the same job, and starts none.',
  ),
  cancel_job_on_disconnect: z
    .boolean()
    .default(false)
    .describe('Cancel the job when this call is cancelled or its caller goes away. Otherwise the job goes on.'),
});

export const RetryJobInput = RetryBody.extend({ job_id: JobId, wait: RunTaskInput.shape.wait });

export const RunTaskReply = JobReply.extend({ next_step: z.string().describe('What to do now.') });

const waiting = { wait: RunTaskInput.shape.wait, wait_timeout_s: RunTaskInput.shape.wait_timeout_s };

export const PlanTaskInput = PlanRequest.extend({
  ...waiting,
  wait: waiting.wait.describe('Answer when the plan is there, instead of at once; progress is reported meanwhile.'),
  idempotency_key: IdempotencyKey.optional().describe(
    'A name of your own for this plan: calling again with the same name and task answers the same plan.',
  ),
});

export const PlanInput = z.strictObject({ plan_id: PlanId });

export const ExecutePlanInput = ExecuteRequest.extend({ plan_id: PlanId, ...waiting });

export const JobIdInput = z.strictObject({ job_id: JobId });

export const ListProfilesInput = z.strictObject({});

export const JobEventsInput = JobIdInput.extend(EventQuery.shape);
