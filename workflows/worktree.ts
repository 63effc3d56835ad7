import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  currentUpdateInfo,
  defineSignal,
  defineUpdate,
  isCancellation,
  makeContinueAsNewFunc,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  REMOVE_WORKTREE,
  WITHDRAW_REMOVAL,
  WORKTREE_USED,
  type Removal,
  type RemoveRequest,
  type WorktreeFacts,
  type WorktreeInput,
  type WorktreeUse,
} from '../contract/workflow/worktree-state.ts';
import { throwBug, warnOf } from './errors.ts';
import { describeEnd } from './job-failure.ts';
import { type Seat, thenLeave, withSeat } from './seat.ts';
import { diskSteps, hostSteps } from './activity-options.ts';
import { removalOf } from './worktree-removal.ts';
import { explained } from './web-ui-details.ts';
import { WorktreeProgress } from './worktree-state.ts';

const remove = defineUpdate<Removal, [RemoveRequest]>(REMOVE_WORKTREE);
const withdraw = defineSignal<[string]>(WITHDRAW_REMOVAL);
const used = defineSignal<[WorktreeUse]>(WORKTREE_USED);

/**
 * A worktree from its preparation until it is removed. A cancellation is a removal without force: where that is
 * refused the worktree stays, says why, and can still be removed by the update.
 */
export async function worktree(input: WorktreeInput): Promise<void> {
  const record = new WorktreeProgress(input.indexed, input.known);
  const { cancelRequested } = CancellationScope.current();
  const removal = removalOf(record, (force) =>
    diskSteps(record.now.disk ?? '').dropWorktree({
      worktree_id: workflowInfo().workflowId,
      repo_url: input.repo_url,
      force,
    }),
  );
  const withdrawn = new Set<string>();
  setHandler(withdraw, (update) => void withdrawn.add(update));
  const validator: (request: RemoveRequest) => void = () => check(withdrawn, record);
  setHandler(remove, ({ force }) => removal(force), { validator });
  setHandler(used, (use) => record.show(use));
  if (input.known === undefined) await prepare(input, record);
  let cancelled = false;
  const removed = cancelRequested.catch(() => {
    cancelled = true;
    return removal(false);
  });
  const over = CancellationScope.nonCancellable(() =>
    condition(() => (record.now.status === 'removed' || isDueAnew(record)) && allHandlersFinished()),
  );
  await Promise.race([over, removed.then(() => over)]);
  if (record.now.status !== 'removed') await beginAnew(input, record);
  if (cancelled) throw new CancelledFailure('the worktree was removed');
}

/** Whether its history is so long that another run of the workflow should go on, and nothing is under way. */
const isDueAnew = ({ now }: WorktreeProgress): boolean =>
  now.status === 'ready' && workflowInfo().continueAsNewSuggested;

/** Goes on in a run with an empty history: each job in the worktree and each refused removal adds to it. */
async function beginAnew(input: WorktreeInput, { now }: WorktreeProgress): Promise<never> {
  const { memo = {}, startTime, typedSearchAttributes } = workflowInfo();
  const known = { created_at: startTime.toISOString(), ...now };
  const again = makeContinueAsNewFunc<typeof worktree>({ memo: { ...memo, worktree: known }, typedSearchAttributes });
  return again({ ...input, known });
}

/** Refuses a removal that was withdrawn, or for which there is nothing yet. */
function check(withdrawn: ReadonlySet<string>, { now }: WorktreeProgress): void {
  if (withdrawn.has(currentUpdateInfo()?.id ?? ''))
    throw ApplicationFailure.nonRetryable(
      'the removal request was withdrawn before a worker handled it',
      'worktree_unavailable',
    );
  if (now.status === 'preparing')
    throw ApplicationFailure.nonRetryable('the worktree is still being prepared', 'worktree_not_ready');
}

/** Makes the worktree, or ends the workflow: then nothing of it is left. */
async function prepare(input: WorktreeInput, record: WorktreeProgress): Promise<void> {
  try {
    const facts = await withSeat(input, (seat) => onHost(input, record, seat));
    record.show({ ...facts, status: 'ready' });
  } catch (error) {
    throwBug(error);
    if (isCancellation(error)) {
      record.show({ status: 'removed' });
      throw error;
    }
    const { code, message } = describeEnd(error);
    record.show({ status: 'failed', error: { code, message } });
    throw ApplicationFailure.nonRetryable(explained({ code, message }), code);
  }
}

async function onHost(input: WorktreeInput, record: WorktreeProgress, seat: Seat): Promise<WorktreeFacts> {
  const { repo_url, base_ref, profile, seat_timeout_s } = input;
  const { disk, hostname, token } = seat;
  const at = { job_id: workflowInfo().workflowId, token };
  const steps = hostSteps(seat, seat_timeout_s);
  record.show({ status: 'preparing', disk, hostname });
  const leave = (keep: boolean): Promise<void> =>
    steps.leaveWorktree({ ...at, keep }).catch(warnOf('could not release the seat'));
  return thenLeave(
    seat,
    () => steps.prepareWorktree({ ...at, repo_url, profile, ...(base_ref === undefined ? {} : { base_ref }) }),
    (thrown) => leave(thrown === undefined),
  );
}
