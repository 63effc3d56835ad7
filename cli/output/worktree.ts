import type { WorktreeRecord } from '../../contract/http/worktree.ts';
import { oneLine } from './sanitize.ts';
import { formatFields } from './table.ts';
import { formatBytes, lineOf, nextStepLine } from './format.ts';

/** All about a worktree, for a person. */
export function worktreeDetails(worktree: WorktreeRecord): string {
  const { id, status, error, error_code, size_bytes, pushed, next_step } = worktree;
  const fields = formatFields([
    ['path', lineOf(worktree.path)],
    ['branch', lineOf(worktree.branch)],
    ['repo', lineOf(worktree.repo_url)],
    ['base', lineOf(worktree.base_ref)],
    ['host', lineOf(worktree.host)],
    ['size', size_bytes === null ? null : formatBytes(size_bytes)],
    ['pushed', pushed === null ? null : pushed ? 'yes' : 'no'],
    ['since', worktree.created_at],
    ['error', error === null ? null : oneLine(`${error_code ?? ''}: ${error}`)],
    ['next', error === null || next_step === null ? null : nextStepLine(next_step)],
    ['web ui', lineOf(worktree.ui_url)],
  ]);
  return [`${id} ${status}`, ...fields].join('\n');
}
