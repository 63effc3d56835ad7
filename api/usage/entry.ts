import type { JobRecord } from '../../contract/http/job-record.ts';
import type { RunRecord } from '../../contract/http/run.ts';
import type { UsageEntry } from '../../contract/http/usage.ts';
import { PLAN_WORKFLOW, RUN_WORKFLOW } from '../../contract/workflow/names.ts';
import type { RunMemo } from '../../contract/workflow/run-state.ts';
import type { SessionSpec } from '../../contract/workflow/session-state.ts';
import { toRecord, type JobExecution } from '../jobs/record.ts';
import { toRunRecord, type RunExecution } from '../sessions/run-record.ts';

/** Whether a workflow is a run whose memo says what it needs to. */
export const isRun = (execution: { type: string; memo: { request?: unknown } }): execution is RunExecution =>
  execution.type === RUN_WORKFLOW && execution.memo.request !== undefined;

/** What a job, or one that makes a plan, has used. */
export function usageOfJob(execution: JobExecution): UsageEntry {
  const record: JobRecord = toRecord(execution, null);
  const { id, plan_id, owner, profile, repo_url, agent, model, attempt } = record;
  const kind = execution.type === PLAN_WORKFLOW ? 'plan' : 'job';
  return { id, kind, session_id: null, plan_id, owner, profile, repo_url, agent, model, attempt, ...usedBy(record) };
}

/** What a run has used; `spec` is that of its session, where it is known. */
export function usageOfRun(execution: RunExecution, spec: SessionSpec | undefined): UsageEntry {
  const record = toRunRecord(execution, null);
  const { owner, profile, agent }: RunMemo = execution.memo.request;
  const { id, session_id, attempt } = record;
  const known = { repo_url: spec?.repo_url ?? null, model: spec?.model ?? null };
  return { id, kind: 'run', session_id, plan_id: null, owner, profile, agent, attempt, ...known, ...usedBy(record) };
}

function usedBy(record: JobRecord | RunRecord) {
  const { status, error_code, usage, cost_usd, num_turns, created_at, started_at, ended_at } = record;
  return { status, error_code, usage, cost_usd, num_turns, created_at, started_at, ended_at };
}
