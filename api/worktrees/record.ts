import { REF_AND_PATH } from '../../contract/http/git-ref.ts';
import { FAILURES, isFailureType } from '../../contract/shared/failures.ts';
import type { WorktreeRecord } from '../../contract/http/worktree.ts';
import type { WorktreeBrief, WorktreeState, WorktreeStatus } from '../../contract/workflow/worktree-state.ts';
import type { Execution } from '../temporal/visibility.ts';

const HOUR_MS = 3_600_000;

/** What the memo of a worktree's workflow says. */
export interface WorktreeMemo {
  request?: WorktreeBrief;
  worktree?: WorktreeState;
}

/** The error of a worktree whose workflow was terminated. */
const TERMINATED = {
  code: 'cancelled',
  message: 'the workflow of the worktree was terminated; its files stay on the disk of its host',
} as const;

/** The record of a worktree, from what can be read with all workers dead and without a look at any disk. */
export function toWorktreeRecord(execution: Execution<WorktreeMemo>, uiUrl: string | null): WorktreeRecord {
  const { request, worktree } = execution.memo;
  const status = statusOf(execution);
  const created = worktree?.created_at === undefined ? execution.startTime : new Date(worktree.created_at);
  const error = status === 'failed' ? (worktree?.error ?? TERMINATED) : worktree?.error;
  return {
    id: execution.id,
    status,
    repo_url: request?.repo_url ?? '',
    base_ref: worktree?.base?.ref ?? request?.base_ref?.replace(REF_AND_PATH, '') ?? null,
    branch: worktree?.branch ?? null,
    path: worktree?.path ?? null,
    host: worktree?.hostname ?? null,
    disk: worktree?.disk ?? null,
    owner: request?.owner ?? '',
    pushed: worktree?.pushed ?? null,
    size_bytes: worktree?.size_bytes ?? null,
    age_hours: Math.round(((Date.now() - created.getTime()) / HOUR_MS) * 1_000) / 1_000,
    error: error?.message ?? null,
    error_code: error?.code ?? null,
    next_step: error != null && isFailureType(error.code) ? FAILURES[error.code].nextStep : null,
    created_at: created.toISOString(),
    ui_url: uiUrl,
  };
}

/** What the workflow itself says, unless it was ended from outside. */
function statusOf({ status, memo }: Execution<WorktreeMemo>): WorktreeStatus {
  const said = memo.worktree?.status ?? 'preparing';
  if (status === 'RUNNING' || said === 'removed') return said;
  return said === 'preparing' && status === 'TERMINATED' ? 'removed' : 'failed';
}
