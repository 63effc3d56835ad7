import { FAILURES, isFailureType } from '../../contract/shared/failures.ts';
import type { WorktreeRecord } from '../../contract/http/worktree.ts';
import type { WorktreeBrief, WorktreeState, WorktreeStatus } from '../../contract/workflow/worktree-state.ts';
import type { Execution } from '../jobs/record.ts';

const HOUR_MS = 3_600_000;

/** What the memo of a worktree's workflow says; nothing of it is checked, as only we write it. */
interface WorktreeMemo {
  request?: WorktreeBrief;
  worktree?: WorktreeState;
}

/** What visibility and `describe` tell of a worktree's workflow. */
export interface WorktreeExecution extends Omit<Execution, 'memo'> {
  memo: WorktreeMemo;
}

/** What to show of a worktree whose workflow was ended by force. */
const ENDED_BY_FORCE = {
  code: 'cancelled',
  message: 'the workflow of the worktree was terminated; its files stay on the disk of its host',
} as const;

/** The record of a worktree, from what can be read with all workers dead and without a look at any disk. */
export function toWorktreeRecord(execution: WorktreeExecution, uiUrl: string | null): WorktreeRecord {
  const { request, worktree } = execution.memo;
  const status = statusOf(execution);
  const created = worktree?.created_at === undefined ? execution.startTime : new Date(worktree.created_at);
  const error = status === 'failed' ? (worktree?.error ?? ENDED_BY_FORCE) : worktree?.error;
  return {
    id: execution.id,
    status,
    repo_url: request?.repo_url ?? '',
    base_ref: worktree?.base?.ref ?? request?.base_ref ?? null,
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

/** By the workflow's own word, but for one that was ended from outside. */
function statusOf({ status, memo }: WorktreeExecution): WorktreeStatus {
  const said = memo.worktree?.status ?? 'preparing';
  if (status === 'RUNNING' || said === 'removed') return said;
  return said === 'preparing' && status === 'TERMINATED' ? 'removed' : 'failed';
}
