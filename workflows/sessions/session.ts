import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  currentUpdateInfo,
  defineSignal,
  defineUpdate,
  makeContinueAsNewFunc,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  APPROVAL_ASKED,
  APPROVAL_WITHDRAWN,
  DECIDE_APPROVAL,
  type ApprovalAsked,
  type ApprovalWithdrawn,
  type DecisionOutcome,
  type DecisionRequest,
} from '../../contract/workflow/approval-state.ts';
import type { RunLeft } from '../../contract/workflow/run-state.ts';
import {
  CANCEL_QUEUED_RUN,
  CANCEL_RUN,
  CHILD_RUN_ENDED,
  CLOSE_SESSION,
  DELIVER_WORK,
  ESCALATE,
  POST_MESSAGE,
  RUN_BEGAN,
  RUN_LEFT,
  RUN_WAITS,
  SPAWN_CHILD,
  type CancelOutcome,
  type ChildRunEnd,
  type CloseRequest,
  type DeliverRequest,
  type Escalation,
  type EscalationOutcome,
  type KeptKey,
  type MessageRequest,
  type PostOutcome,
  type RunBegan,
  type SessionInput,
  type SpawnOutcome,
  type SpawnRequest,
} from '../../contract/workflow/session-state.ts';
import { ApprovalDesk } from './approvals.ts';
import { Book } from './book.ts';
import { childRunEnded, escalate, spawn } from './children.ts';
import { closeOnDisk } from './close.ts';
import { dropQueued, enqueue, post, postDelivery } from './messages.ts';
import { Runs } from './runs.ts';

const posted = defineUpdate<PostOutcome, [MessageRequest]>(POST_MESSAGE);
const spawned = defineUpdate<SpawnOutcome, [SpawnRequest]>(SPAWN_CHILD);
const escalated = defineUpdate<EscalationOutcome, [Escalation]>(ESCALATE);
const decided = defineUpdate<DecisionOutcome, [DecisionRequest]>(DECIDE_APPROVAL);
const dropped = defineUpdate<CancelOutcome, [string]>(CANCEL_QUEUED_RUN);
const delivered = defineUpdate<PostOutcome, [DeliverRequest]>(DELIVER_WORK);
const closed = defineUpdate<void, [CloseRequest]>(CLOSE_SESSION);
const asked = defineSignal<[ApprovalAsked]>(APPROVAL_ASKED);
const withdrawn = defineSignal<[ApprovalWithdrawn]>(APPROVAL_WITHDRAWN);
const childEnded = defineSignal<[ChildRunEnd]>(CHILD_RUN_ENDED);
const left = defineSignal<[RunLeft]>(RUN_LEFT);
const cancelled = defineSignal<[string]>(CANCEL_RUN);
const began = defineSignal<[RunBegan]>(RUN_BEGAN);
const waits = defineSignal<[string]>(RUN_WAITS);

/** Events of a history, and runs, after which a session goes on in a run of its workflow with an empty history. */
const MAX_HISTORY = 1_500;
const MAX_RUNS = 100;

/** All parts of a session. */
interface Parts {
  id: string;
  book: Book;
  runs: Runs;
  approvals: ApprovalDesk;
}

/**
 * A session: the queue of its messages, its children and what waits for approval. It does no work itself: each message
 * is answered by a workflow of its own, `run`. A cancellation closes it, with what runs and waits.
 */
export async function session(input: SessionInput): Promise<void> {
  const { workflowId: id } = workflowInfo();
  const book = new Book(input);
  const runs = new Runs(book, id);
  const parts: Parts = { id, book, runs, approvals: new ApprovalDesk(book, id, () => runs.wake()) };
  // Before anything that was posted meanwhile.
  if (input.first !== undefined && input.known === undefined)
    enqueue(book, id, input.first.request, input.first.message);
  listen(parts);
  let isCancelled = false;
  CancellationScope.current().cancelRequested.catch(() => {
    isCancelled = true;
    close(parts, { cancel: true });
  });
  await CancellationScope.nonCancellable(() => serve(parts));
  if (isCancelled) throw new CancelledFailure('the session was closed');
}

/** Runs what is posted until the session is closed; goes on in a new run of the workflow before that, where it must. */
async function serve(parts: Parts): Promise<void> {
  const { book, runs, approvals } = parts;
  const begun = book.now.ended_runs;
  const isQuiet = (): boolean => book.isQuiet && allHandlersFinished();
  const isLong = (): boolean =>
    workflowInfo().historyLength > MAX_HISTORY ||
    workflowInfo().continueAsNewSuggested ||
    book.now.ended_runs - begun >= MAX_RUNS;
  for (;;) {
    const hasWork = (): boolean => book.now.queue.length > 0;
    await condition(() => hasWork() || book.closing !== undefined || isLong());
    if (isLong()) {
      await condition(isQuiet);
      await goOn(parts);
    }
    if (!hasWork()) {
      await closeOnDisk(book, parts.id);
      await condition(isQuiet);
      return;
    }
    await runs.next();
    approvals.clear();
  }
}

async function goOn({ book }: Parts): Promise<never> {
  const { memo = {}, typedSearchAttributes } = workflowInfo();
  const known = book.known();
  const options = { memo: { ...memo, session: known.state }, typedSearchAttributes };
  const { first: _first, ...input } = book.input;
  return makeContinueAsNewFunc<typeof session>(options)({ ...input, known });
}

/** Takes nothing new any more; with `cancel` what runs and waits is cancelled. */
function close({ book, runs }: Parts, { cancel }: CloseRequest): void {
  if (book.now.status === 'closed') return;
  book.closing = { cancel: cancel || book.closing?.cancel === true };
  if (cancel) {
    for (const { id } of book.now.queue) dropQueued(book, id);
    runs.cancel();
  }
  book.show({});
}

/** An update with a key: the same again gets the same outcome, also after the workflow has gone on as new. */
function once<Outcome extends KeptKey['outcome']>(book: Book, make: () => Outcome): Outcome {
  const key = currentUpdateInfo()?.id ?? '';
  return book.kept<Outcome>(key) ?? book.keep(key, make());
}

function listen(parts: Parts): void {
  const { id, book, runs, approvals } = parts;
  setHandler(posted, (request) =>
    once(book, () => {
      const outcome = post(book, id, request);
      if (request.mode === 'steer') runs.interrupt();
      return outcome;
    }),
  );
  setHandler(spawned, async (request) => {
    const key = currentUpdateInfo()?.id ?? '';
    return book.kept<SpawnOutcome>(key) ?? book.keep(key, await spawn(book, request));
  });
  setHandler(escalated, (escalation) => once(book, () => escalate(book, id, escalation)));
  setHandler(delivered, (request) => once(book, () => postDelivery(book, id, request)));
  setHandler(dropped, (runId) => ({ cancelled: dropQueued(book, runId) }));
  setHandler(closed, (request) => close(parts, request));
  setHandler(decided, (request) => approvals.decide(request));
  setHandler(asked, (approval) => approvals.asked(approval));
  setHandler(withdrawn, (which) => approvals.withdrawn(which));
  setHandler(childEnded, (end) => childRunEnded(book, id, end));
  setHandler(began, (where) => runs.began(where));
  setHandler(waits, (runId) => approvals.waits(runId));
  setHandler(left, (what) => runs.told(what));
  setHandler(cancelled, (runId) => {
    if (!dropQueued(book, runId) && book.now.active?.id === runId) runs.cancel();
  });
}
