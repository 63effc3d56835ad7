import type { InjectedSinks } from '@temporalio/worker';
import type { WorkflowInfo } from '@temporalio/workflow';
import type { JobBrief } from '../contract/http/job-record.ts';
import { JOB_WORKFLOW, PLAN_WORKFLOW } from '../contract/workflow/names.ts';
import { hasEnded, type JobNow, type RecordSinks, type RunNow } from '../contract/workflow/record-sink.ts';
import type { RunMemo } from '../contract/workflow/run-state.ts';
import type { JobSpans } from '../telemetry/traces/job-spans.ts';
import type { JobMetrics } from '../telemetry/job-metrics.ts';
import type { RedisJobs } from '../events/redis-jobs.ts';

/** Who hears of jobs and runs. */
interface Listeners {
  jobs?: RedisJobs | undefined;
  metrics?: JobMetrics | undefined;
  spans?: JobSpans | undefined;
}

/** What workflows tell goes to those who listen. */
export const recordSinks = (listeners: Listeners = {}): InjectedSinks<RecordSinks> => ({
  records: {
    job: {
      fn: (workflow, now) => hearOfJob(listeners, workflow, now),
      callDuringReplay: false,
    },
    run: {
      fn: (workflow, now) => hearOfRun(listeners, workflow, now),
      callDuringReplay: false,
    },
  },
});

/** A run of a session delivers as jobs do, and is none. */
function hearOfJob(
  { jobs, metrics, spans }: Listeners,
  { workflowId: id, workflowType, memo, startTime }: WorkflowInfo,
  now: JobNow,
): void {
  if (workflowType !== JOB_WORKFLOW && workflowType !== PLAN_WORKFLOW) return;
  const { request } = (memo ?? {}) as { request?: JobBrief };
  const isPlan = workflowType === PLAN_WORKFLOW;
  const kind = isPlan ? 'plan' : 'job';
  jobs?.show({ id, request, plan_id: isPlan ? id : undefined }, now);
  const { status, progress, trace } = now;
  const { error, usage, cost_usd, choice, pr_url, attempt, branch } = progress;
  const { owner, agent, repo_url: repo } = request ?? {};
  const profile = choice?.profile ?? request?.profile;
  metrics?.job(id, kind, now, profile);
  if (!hasEnded(status)) return;
  const facts = { profile, repo, agent, owner, pr_url, branch, attempts: attempt };
  spans?.ended({ id, kind, trace, startedAt: startTime, status, error, spent: { usage, cost_usd }, facts });
}

function hearOfRun(
  { metrics, spans }: Listeners,
  { workflowId: id, memo, startTime }: WorkflowInfo,
  now: RunNow,
): void {
  const { status, trace, error, spent, delivered, warm, attempt: attempts } = now;
  const { request } = (memo ?? {}) as { request?: RunMemo };
  const { owner, agent, profile, session_id } = request ?? {};
  metrics?.run(id, now, profile);
  if (!hasEnded(status)) return;
  const facts = {
    profile,
    agent,
    owner,
    'session.id': session_id,
    pr_url: delivered?.pr_url,
    attempts,
    warm: String(warm),
  };
  spans?.ended({ id, kind: 'run', trace, startedAt: startTime, status, error, spent, facts });
}
