import type { WorktreeRecord } from '../../contract/http/worktree.ts';
import { oneLine } from './sanitize.ts';
import { formatFields } from './table.ts';
import { bytesWords, nextStepLine } from './format.ts';

const line = (text: string | null): string | null => (text === null ? null : oneLine(text));

/** All about a worktree, for a person. */
export function worktreeDetails(worktree: WorktreeRecord): string {
  const { id, status, error, error_code, size_bytes, pushed, next_step } = worktree;
  const fields = formatFields([
    ['path', line(worktree.path)],
    ['branch', line(worktree.branch)],
    ['repo', line(worktree.repo_url)],
    ['base', line(worktree.base_ref)],
    ['host', line(worktree.host)],
    ['size', size_bytes === null ? null : bytesWords(size_bytes)],
    ['pushed', pushed === null ? null : pushed ? 'yes' : 'no'],
    ['since', worktree.created_at],
    ['error', error === null ? null : oneLine(`${error_code ?? ''}: ${error}`)],
    ['next', error === null || next_step === null ? null : nextStepLine(next_step)],
    ['web ui', line(worktree.ui_url)],
  ]);
  return [`${id} ${status}`, ...fields].join('\n');
}
