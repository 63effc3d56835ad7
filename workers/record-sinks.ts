import type { InjectedSinks } from '@temporalio/worker';
import type { WorkflowInfo } from '@temporalio/workflow';
import type { JobBrief } from '../contract/http/job-record.ts';
import { JOB_WORKFLOW, PLAN_WORKFLOW } from '../contract/workflow/names.ts';
import type { JobNow, RecordSinks } from '../contract/workflow/record-sink.ts';
import type { JobMetrics } from '../telemetry/job-metrics.ts';
import type { RedisJobs } from '../events/redis-jobs.ts';

/** Who hears of jobs and runs. */
interface Listeners {
  jobs?: RedisJobs | undefined;
  metrics?: JobMetrics | undefined;
}

/** What workflows tell goes to those who listen. */
export const recordSinks = (listeners: Listeners = {}): InjectedSinks<RecordSinks> => ({
  records: {
    job: {
      fn: (workflow, now) => hearOfJob(listeners, workflow, now),
      callDuringReplay: false,
    },
    run: {
      fn: (_workflow, now) => listeners.metrics?.run(now),
      callDuringReplay: false,
    },
  },
});

/** A run of a session delivers as jobs do, and is none. */
function hearOfJob(
  { jobs, metrics }: Listeners,
  { workflowId: id, workflowType, memo }: WorkflowInfo,
  now: JobNow,
): void {
  if (workflowType !== JOB_WORKFLOW && workflowType !== PLAN_WORKFLOW) return;
  const { request } = (memo ?? {}) as { request?: JobBrief };
  const isPlan = workflowType === PLAN_WORKFLOW;
  jobs?.show({ id, request, plan_id: isPlan ? id : undefined }, now);
  metrics?.job(id, isPlan ? 'plan' : 'job', now);
}
