import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { defined } from '../../contract/shared/defined.ts';
import { Failure } from '../../contract/shared/failures.ts';
import { WORKTREE_WORKFLOW } from '../../contract/workflow/names.ts';
import type { WorktreeRecord } from '../../contract/http/worktree.ts';
import type { WorktreeBrief } from '../../contract/workflow/worktree-state.ts';
import { toWorktreeRecord, type WorktreeExecution } from './record.ts';

/** A worktree of the owner who asked. */
interface Described {
  memo: WorktreeExecution['memo'] & { request: WorktreeBrief };
  record: WorktreeRecord;
}

/** 404 for a worktree that does not exist and, alike, for one of another owner. */
export const noWorktree = (id: string, field?: string): Failure =>
  new Failure('worktree_not_found', `worktree ${id} does not exist`, defined({ field }));

/** The owner's worktree `id`; 404 `worktree_not_found`, naming `field`, also where it belongs to another owner. */
export async function describeWorktree(
  { workflow }: Client,
  id: string,
  owner: string,
  field?: string,
  uiUrl: string | null = null,
): Promise<Described> {
  try {
    const { status, startTime, closeTime, memo, type } = await workflow.getHandle(id).describe();
    const known = (memo ?? {}) as WorktreeExecution['memo'];
    const { request } = known;
    if (type !== WORKTREE_WORKFLOW || request?.owner !== owner) throw noWorktree(id, field);
    const execution = { id, type, status: status.name, startTime, closeTime, cancelRequested: false, memo: known };
    return { memo: { ...known, request }, record: toWorktreeRecord(execution, uiUrl) };
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? noWorktree(id, field) : error;
  }
}
