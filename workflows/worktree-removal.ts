import { ActivityFailure, ApplicationFailure, CancellationScope, TimeoutFailure } from '@temporalio/workflow';
import type { FailureType } from '../contract/shared/failures.ts';
import type { Removal } from '../contract/workflow/worktree-state.ts';
import { throwBug } from './errors.ts';
import { describeEnd } from './job-failure.ts';
import type { WorktreeProgress } from './worktree-state.ts';

/** Removes a worktree by `drop`: one try after the other, until one succeeds. Whatever fails, it resolves. */
export function removalOf(
  record: WorktreeProgress,
  drop: (force: boolean) => Promise<void>,
): (force: boolean) => Promise<Removal> {
  let last: Promise<unknown> = Promise.resolve();
  const attempt = async (force: boolean): Promise<Removal> => {
    if (record.now.status === 'removed') return { removed: true };
    record.show({ status: 'removing', error: null });
    try {
      await CancellationScope.nonCancellable(() => drop(force));
      record.show({ status: 'removed' });
      return { removed: true };
    } catch (error) {
      throwBug(error);
      const refused = refusal(error);
      record.show({ status: 'ready', error: refused });
      return { removed: false, ...refused };
    }
  };
  return (force) => {
    const next = last.then(() => attempt(force));
    last = next;
    return next;
  };
}

function refusal(error: unknown): { code: FailureType; message: string } {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (cause instanceof TimeoutFailure || !(cause instanceof ApplicationFailure))
    return { code: 'worktree_unavailable', message: 'The worktree was not removed: no running worker has it.' };
  const { code, message } = describeEnd(error);
  return { code, message };
}
