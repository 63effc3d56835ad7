import { randomUUID } from 'node:crypto';
import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  WorkflowUpdateStage,
  type Client,
  type WorkflowUpdateHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { Failure, isFailureType } from '../../contract/shared/failures.ts';
import { timeLimit } from '../../contract/shared/timeout-signal.ts';
import {
  REMOVE_WORKTREE,
  WITHDRAW_REMOVAL,
  type Removal,
  type RemoveRequest,
} from '../../contract/workflow/worktree-state.ts';
import { abortable } from '../temporal/with-abort.ts';

/** How long a worker may take to hear of a removal; after that it is withdrawn (milliseconds). */
const HEARING_MS = 6_000;

/**
 * How long a decision that was under way when it was withdrawn can take (milliseconds): as long as the server waits for
 * one.
 */
const DECISION_MS = 5_000;

/** How long a removal that was heard is waited for (milliseconds); it goes on when the time is over. */
const REMOVAL_MS = 25_000;

/**
 * Asks the workflow of a worktree to remove it. Resolves when it is removed, is gone already, or is still being removed
 * after 25 s. Throws 409 with the code of what keeps it; `worktree_unavailable` also where no worker hears of it in
 * time: then it is withdrawn, and will not be removed later either.
 */
export async function askRemoval(client: Client, id: string, force: boolean): Promise<void> {
  const handle = client.workflow.getHandle(id);
  const updateId = randomUUID();
  // The server knows a repeated update by its id, and carries out the first one alone.
  const ask = (ms: number): Promise<WorkflowUpdateHandle<Removal> | undefined> =>
    abortable(client, timeLimit(ms), () =>
      handle.startUpdate<Removal, [RemoveRequest]>(REMOVE_WORKTREE, {
        updateId,
        args: [{ force }],
        waitForStage: WorkflowUpdateStage.ACCEPTED,
      }),
    );
  try {
    let update = await ask(HEARING_MS);
    if (update === undefined) {
      await handle.signal(WITHDRAW_REMOVAL, updateId);
      update = await ask(DECISION_MS);
    }
    if (update === undefined) throw unheard(id);
    const removal = await abortable(client, timeLimit(REMOVAL_MS), () => update.result()).catch(ignoreTimeout);
    if (removal?.removed === false) throw new Failure(removal.code, removal.message);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return;
    throw refusalOf(error, id) ?? error;
  }
}

function ignoreTimeout(error: unknown): undefined {
  if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
  return undefined;
}

const unheard = (id: string): Failure =>
  new Failure('worktree_unavailable', `worktree ${id} was not removed: no worker handled the request in time`);

function refusalOf(error: unknown, id: string): Failure | undefined {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return unheard(id);
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || cause.type == null || !isFailureType(cause.type)) return undefined;
  return new Failure(cause.type, cause.message);
}
