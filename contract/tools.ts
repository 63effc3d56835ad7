/** What the MCP tools take and answer, as far as the REST API does not say it already. */
import { z } from 'zod';
import { EventQuery, IdempotencyKey, JobId, JobQuery, JobReply, SubmitBody } from './job.ts';

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

export const RunTaskReply = JobReply.extend({ next_step: z.string().describe('What to do now.') });

export const JobInput = z.strictObject({ job_id: JobId });

export const ListJobsInput = z.strictObject(JobQuery.shape);

export const ListProfilesInput = z.strictObject({});

export const JobEventsInput = JobInput.extend(EventQuery.shape);
