import type { SessionRecord } from '../../contract/http/session.ts';
import { FAILURES, isFailureType } from '../../contract/shared/failures.ts';
import type { SessionBrief, SessionSpec, SessionState, SessionStatus } from '../../contract/workflow/session-state.ts';
import type { Execution } from '../temporal/visibility.ts';

/** What the memo of a session's workflow says. */
export interface SessionMemo {
  request?: SessionBrief;
  session?: SessionState;
}

/** What Temporal tells of a session's workflow. */
export type SessionExecution = Execution<SessionMemo & { request: SessionBrief }>;

const TERMINATED = {
  code: 'cancelled',
  message: 'the workflow of the session was terminated; its files stay on the disk of its host',
} as const;

/** The record of a session, from what can be read with all workers dead. */
export function toSessionRecord(execution: SessionExecution, uiUrl: string | null): SessionRecord {
  const { request, session } = execution.memo;
  const status = statusOf(execution);
  return {
    id: execution.id,
    status,
    owner: request.owner,
    ...askedOf(request.spec),
    ...placeOf(request.spec, session),
    ...runsOf(execution.status === 'RUNNING' ? session : undefined),
    ...countsOf(session),
    ...errorOf(session?.error ?? (status === 'failed' ? TERMINATED : null)),
    warnings: [...forkWarnings(request.spec), ...(session?.warnings ?? [])],
    created_at: request.created_at,
    updated_at: session?.updated_at ?? request.created_at,
    closed_at: session?.closed_at ?? execution.closeTime?.toISOString() ?? null,
    ui_url: uiUrl,
  };
}

/** What the workflow itself says, unless it was ended from outside. */
function statusOf({ status, memo }: SessionExecution): SessionStatus {
  const said = memo.session?.status ?? 'idle';
  if (status === 'RUNNING' || said === 'closed' || said === 'failed') return said;
  return status === 'COMPLETED' || status === 'CANCELLED' ? 'closed' : 'failed';
}

const askedOf = ({
  title,
  agent,
  profile,
  package: named,
  model,
  repo_url,
  approvals,
  parent,
  fork,
  depth,
  max_budget_usd,
}: SessionSpec) => ({
  title: title ?? null,
  agent: agent ?? null,
  provider: agent ?? null,
  profile,
  package: named ?? null,
  model: model ?? null,
  repo_url: repo_url ?? null,
  approvals,
  parent_session_id: parent?.session_id ?? null,
  parent_run_id: parent?.run_id ?? null,
  forked_from: fork === undefined ? null : { session_id: fork.session_id, run_id: fork.run_id },
  depth,
  max_budget_usd: max_budget_usd ?? null,
});

/** What the conversation of a fork speaks of, and is not there. */
function forkWarnings({ fork, repo_url }: SessionSpec): string[] {
  if (fork?.conversation == null) return [];
  const { session_id, base } = fork;
  const sha = base?.sha?.slice(0, 12) ?? 'its base';
  return [
    repo_url === undefined
      ? `The directory is a new one: files of session ${session_id} are not in it.`
      : `The checkout is a new one of ${sha}: what session ${session_id} has changed since is not in it.`,
  ];
}

const placeOf = (spec: SessionSpec, session: SessionState | undefined) => ({
  base_ref: session?.base?.ref ?? spec.base_ref ?? null,
  branch: session?.branch ?? null,
  sha: session?.sha ?? null,
  pr_url: session?.pr_url ?? null,
  worktree_path: session?.worktree_path ?? null,
  agent_session_id: session?.agent_session ?? null,
  host: session?.hostname ?? null,
  disk: session?.disk ?? null,
});

/** What runs and waits; a session that has ended has nothing of it. */
const runsOf = (session: SessionState | undefined) => ({
  active_run_id: session?.active?.id ?? null,
  queued_runs: (session?.queue ?? []).map(({ id }) => id),
  pending_approvals: (session?.approvals ?? []).filter(({ status }) => status === 'pending').map(({ id }) => id),
});

const countsOf = (session: SessionState | undefined) => ({
  runs: session?.runs ?? 0,
  children: (session?.children ?? []).map(({ session_id, run_id, child_run_id, status }) => ({
    session_id,
    parent_run_id: run_id,
    run_id: child_run_id,
    status,
  })),
  usage: session?.spent.usage ?? null,
  cost_usd: session?.spent.cost_usd ?? null,
  children_cost_usd: session?.children_cost_usd ?? 0,
  num_turns: session?.num_turns ?? 0,
});

/** The fields of a record that say what went wrong. */
export const errorOf = (
  error: { code: string; message: string } | null,
): Pick<SessionRecord, 'error' | 'error_code' | 'next_step'> => ({
  error: error?.message ?? null,
  error_code: error?.code ?? null,
  next_step: error !== null && isFailureType(error.code) ? FAILURES[error.code].nextStep : null,
});
