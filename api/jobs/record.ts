import { askedOf, type JobBrief, type JobRecord } from '../../contract/http/job-record.ts';
import { FAILURES, isFailureType } from '../../contract/shared/failures.ts';
import type { JobProgress } from '../../contract/workflow/job-progress.ts';
import { AUTO_PROFILE, DEFAULT_PRIORITY, PLAN_WORKFLOW } from '../../contract/workflow/names.ts';
import type { Execution } from '../temporal/visibility.ts';

/** What Temporal tells of a job's workflow. */
export type JobExecution = Execution<{ request?: JobBrief; progress?: JobProgress }>;

/** What is not in the memo. */
interface FromElsewhere {
  task?: string | undefined;
  output?: string | undefined;
  retried_by?: string | null;
  queue_position?: number | null;
}

const MAX_ERROR = 10_000;

/**
 * A job's status by that of its workflow; a workflow that was terminated counts as cancelled, one that timed out as
 * failed.
 */
export function jobStatusOf(execution: JobExecution): JobRecord['status'] {
  const progress = execution.memo.progress;
  switch (execution.status) {
    case 'RUNNING':
      if (execution.cancelRequested) return 'cancelling';
      return progress === undefined || progress.hosts.length === 0 ? 'queued' : 'running';
    case 'COMPLETED':
      return 'succeeded';
    case 'CANCELLED':
    case 'TERMINATED':
      return 'cancelled';
    default:
      return progress?.error?.code === 'expired' ? 'expired' : 'failed';
  }
}

/** The record of a job, from what can be read with all workers dead. */
export function toRecord(execution: JobExecution, uiUrl: string | null, known: FromElsewhere = {}): JobRecord {
  const { request, progress } = execution.memo;
  const status = jobStatusOf(execution);
  return {
    id: execution.id,
    status,
    ...askedOf(request ?? {}),
    ...progressOf(progress),
    ...errorOf(status, progress),
    queue_position: known.queue_position ?? null,
    task: known.task ?? request?.task ?? '',
    profile: progress?.choice?.profile ?? request?.profile ?? '',
    profile_reason: reasonOf(request, progress),
    priority: request?.priority ?? DEFAULT_PRIORITY,
    owner: request?.owner ?? '',
    mode: request?.mode ?? 'fire_and_forget',
    ttl_seconds: request?.ttl_seconds ?? 0,
    output: known.output ?? null,
    retry_of: request?.retry_of ?? null,
    retry_from: progress?.retry_from ?? request?.retry_from ?? null,
    retried_by: known.retried_by ?? null,
    created_at: request?.created_at ?? execution.startTime.toISOString(),
    ended_at: execution.closeTime?.toISOString() ?? null,
    plan_id: execution.type === PLAN_WORKFLOW ? execution.id : (request?.plan_id ?? null),
    ui_url: uiUrl,
  };
}

/** What the workflow itself shows of the job; nothing before it has begun. */
function progressOf(progress: JobProgress | undefined) {
  return {
    stage: progress?.stage ?? 'queued',
    base_ref: progress?.base_ref ?? null,
    branch: progress?.branch ?? null,
    sha: progress?.sha ?? null,
    diff: progress?.diff ?? null,
    pr_url: progress?.pr_url ?? null,
    session_id: progress?.session_id ?? null,
    attempt: progress?.attempt ?? 0,
    hosts: progress?.hosts ?? [],
    disk: progress?.disk ?? null,
    resumed: progress?.resumed ?? false,
    waiting_until: progress?.waiting_until ?? null,
    retrying: progress?.retrying ?? null,
    worktree_path: progress?.worktree_path ?? null,
    warnings: progress?.warnings ?? [],
    checks: progress?.checks ?? [],
    usage: progress?.usage ?? null,
    cost_usd: progress?.cost_usd ?? null,
    num_turns: progress?.num_turns ?? null,
    started_at: progress?.started_at ?? null,
  };
}

/** Why a job has its profile. Where a model chose it, also who asked for that, unless it was the caller. */
function reasonOf(request: JobBrief | undefined, progress: JobProgress | undefined): string | null {
  const { profile, profile_reason = null } = request ?? {};
  if (profile !== AUTO_PROFILE) return profile_reason;
  const auto = `auto: ${progress?.choice?.reason ?? 'not chosen yet'}`;
  return profile_reason === null || profile_reason === 'explicit' ? auto : `${profile_reason}; ${auto}`;
}

type ErrorFields = Pick<JobRecord, 'error' | 'error_code' | 'error_stage' | 'next_step'>;

const UNEXPLAINED = {
  code: 'internal',
  message: 'the job ended without an error message (it may have been terminated)',
};

function errorOf(status: JobRecord['status'], progress: JobProgress | undefined): ErrorFields {
  if (status !== 'failed' && status !== 'expired')
    return { error: null, error_code: null, error_stage: null, next_step: null };
  const { code, message } = progress?.error ?? UNEXPLAINED;
  return {
    error: message.slice(0, MAX_ERROR),
    error_code: code,
    error_stage: progress?.stage ?? 'queued',
    next_step: isFailureType(code) ? FAILURES[code].nextStep : null,
  };
}
