import type { InjectedSinks } from '@temporalio/worker';
import type { WorkflowInfo } from '@temporalio/workflow';
import type { JobBrief } from '../contract/http/job-record.ts';
import { JOB_WORKFLOW, PLAN_WORKFLOW } from '../contract/workflow/names.ts';
import type { JobNow, RecordSinks } from '../contract/workflow/record-sink.ts';
import type { RedisJobs } from '../events/redis-jobs.ts';

/** What workflows tell of their jobs goes to `jobs`, where there is one. */
export const recordSinks = (jobs: RedisJobs | undefined): InjectedSinks<RecordSinks> => ({
  records: {
    job: {
      fn: (workflow, now) => jobs && showJob(jobs, workflow, now),
      callDuringReplay: false,
    },
  },
});

/** A run of a session delivers as jobs do, and is none. */
function showJob(jobs: RedisJobs, { workflowId: id, workflowType, memo }: WorkflowInfo, now: JobNow): void {
  if (workflowType !== JOB_WORKFLOW && workflowType !== PLAN_WORKFLOW) return;
  const { request } = (memo ?? {}) as { request?: JobBrief };
  jobs.show({ id, request, plan_id: workflowType === PLAN_WORKFLOW ? id : undefined }, now);
}
