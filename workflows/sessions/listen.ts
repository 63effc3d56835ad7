import { currentUpdateInfo, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
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
  type SpawnOutcome,
  type SpawnRequest,
} from '../../contract/workflow/session-state.ts';
import type { ApprovalDesk } from './approvals.ts';
import type { Book } from './book.ts';
import { childRunEnded, escalate, spawn } from './children.ts';
import { dropQueued, post, postDelivery } from './messages.ts';
import type { Runs } from './runs.ts';

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

/** All parts of a session. */
export interface SessionParts {
  id: string;
  book: Book;
  runs: Runs;
  approvals: ApprovalDesk;
}

/** Takes nothing new any more; with `cancel` what runs and waits is cancelled. */
export function close({ book, runs }: SessionParts, { cancel }: CloseRequest): void {
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

/** Takes the updates and signals of a session. */
export function listen(parts: SessionParts): void {
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
