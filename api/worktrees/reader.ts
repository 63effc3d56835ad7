import type { WorktreeRecord } from '../../contract/http/worktree.ts';
import { defined } from '../../contract/shared/defined.ts';
import { Failure } from '../../contract/shared/failures.ts';
import { WORKTREE_WORKFLOW } from '../../contract/workflow/names.ts';
import type { WorktreeBrief } from '../../contract/workflow/worktree-state.ts';
import type { ServiceContext } from '../context.ts';
import { describeExecution } from '../temporal/visibility.ts';
import { toWorktreeRecord, type WorktreeMemo } from './record.ts';

/** A worktree of the owner who asked. */
interface OwnWorktree {
  memo: WorktreeMemo & { request: WorktreeBrief };
  record: WorktreeRecord;
}

/** 404 for a worktree that does not exist and, alike, for one of another owner. */
export const noWorktree = (id: string, field?: string): Failure =>
  new Failure('worktree_not_found', `worktree ${id} does not exist`, defined({ field }));

/** The owner's worktree `id`; 404 `worktree_not_found`, naming `field`, also where it belongs to another owner. */
export async function describeWorktree(
  { client, uiOf }: Pick<ServiceContext, 'client' | 'uiOf'>,
  id: string,
  owner: string,
  field?: string,
): Promise<OwnWorktree> {
  const execution = await describeExecution<WorktreeMemo>(client, id);
  const request = execution?.memo.request;
  if (execution?.type !== WORKTREE_WORKFLOW || request?.owner !== owner) throw noWorktree(id, field);
  return { memo: { ...execution.memo, request }, record: toWorktreeRecord(execution, uiOf(id)) };
}
