import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { JobBrief } from '../contract/http/job-record.ts';
import { NOTHING_SPENT } from '../contract/workflow/cost.ts';
import type { JobProgress } from '../contract/workflow/job-progress.ts';
import { PLAN_WORKFLOW, RUN_WORKFLOW } from '../contract/workflow/names.ts';
import type { RunMemo, RunProgress } from '../contract/workflow/run-state.ts';
import type { TraceSubject } from '../telemetry/langfuse/build-trace.ts';
import type { Shipment } from '../telemetry/shipping/spool.ts';

/** What Temporal knows of a job or run: it goes on, or that cannot be told now; has ended; or is gone from Temporal. */
export type SubjectNow = { state: 'open' | 'unknown' } | { state: 'ended'; subject: TraceSubject };

type Described = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['describe']>>;

export async function readSubject(client: Client, shipment: Shipment): Promise<SubjectNow> {
  try {
    const found = await client.workflow.getHandle(shipment.id).describe();
    if (found.status.name === 'RUNNING') return { state: 'open' };
    return { state: 'ended', subject: found.type === RUN_WORKFLOW ? runOf(found, shipment) : jobOf(found) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { state: 'unknown' };
    return { state: 'open' };
  }
}

function jobOf({ memo, type, status, closeTime }: Described): TraceSubject {
  const { request, progress } = (memo ?? {}) as { request?: JobBrief; progress?: JobProgress };
  const { attempt = 0, usage = null, cost_usd = null, started_at = null } = progress ?? {};
  const { disk = null, session_id = null, pr_url = null, error = null, choice } = progress ?? {};
  return {
    ...{ name: type === PLAN_WORKFLOW ? 'plan' : 'job', status: statusOf(status.name, error) },
    ...{ owner: request?.owner ?? '', profile: choice?.profile ?? request?.profile ?? '' },
    ...{ agent: request?.agent ?? null, repo_url: request?.repo_url ?? null, session_id, pr_url },
    ...{ problem: problemOf(error), attempt, spent: { usage, cost_usd }, started_at, disk },
    ended_at: closeTime?.toISOString() ?? null,
  };
}

function runOf({ memo, status, closeTime }: Described, { stream, session }: Shipment): TraceSubject {
  const { request, progress } = (memo ?? {}) as { request?: RunMemo; progress?: RunProgress };
  const {
    attempt = 0,
    spent = NOTHING_SPENT,
    started_at = null,
    disk = null,
    error = null,
    delivered,
  } = progress ?? {};
  return {
    ...{ name: session?.is_chat ? 'chat turn' : 'run', status: progress?.status ?? statusOf(status.name, error) },
    ...{ owner: request?.owner ?? '', profile: request?.profile ?? '', agent: request?.agent ?? null },
    ...{ repo_url: session?.repo_url ?? null, session_id: stream, pr_url: delivered?.pr_url ?? null },
    ...{ problem: problemOf(error), attempt, spent, started_at, disk },
    ended_at: closeTime?.toISOString() ?? null,
  };
}

/** What is left to say of one that Temporal does not know (any more). */
export const unknownSubject = ({ id, stream, session }: Shipment): TraceSubject => ({
  ...{
    name: id === stream ? 'job' : session?.is_chat ? 'chat turn' : 'run',
    status: 'unknown',
    owner: '',
    profile: '',
  },
  ...{ agent: null, repo_url: session?.repo_url ?? null, session_id: id === stream ? null : stream, pr_url: null },
  ...{ problem: null, attempt: 1, spent: NOTHING_SPENT, started_at: null, ended_at: null, disk: null },
});

function statusOf(workflow: string, error: { code: string } | null): string {
  if (workflow === 'COMPLETED') return 'succeeded';
  if (workflow === 'CANCELLED' || workflow === 'TERMINATED') return 'cancelled';
  return error?.code === 'expired' ? 'expired' : 'failed';
}

const problemOf = (error: { code: string; message: string } | null): string | null =>
  error === null ? null : `${error.code}: ${error.message}`;
