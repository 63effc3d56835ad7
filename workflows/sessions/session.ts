import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  makeContinueAsNewFunc,
  workflowInfo,
} from '@temporalio/workflow';
import type { SessionInput } from '../../contract/workflow/session-state.ts';
import { ApprovalDesk } from './approvals.ts';
import { Book } from './book.ts';
import { closeOnDisk } from './close.ts';
import { close, listen, type SessionParts } from './listen.ts';
import { enqueue } from './messages.ts';
import { Runs } from './runs.ts';

/** Events of a history, and runs, after which a session goes on in a run of its workflow with an empty history. */
const MAX_HISTORY = 1_500;
const MAX_RUNS = 100;

/**
 * A session: the queue of its messages, its children and what waits for approval. It does no work itself: each message
 * is answered by a workflow of its own, `run`. A cancellation closes it, with what runs and waits.
 */
export async function session(input: SessionInput): Promise<void> {
  const { workflowId: id } = workflowInfo();
  const book = new Book(input);
  const runs = new Runs(book, id);
  const parts: SessionParts = { id, book, runs, approvals: new ApprovalDesk(book, id, () => runs.wake()) };
  // Before anything that was posted meanwhile.
  if (input.first !== undefined && input.known === undefined)
    enqueue(book, id, input.first.request, { message: input.first.message });
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
async function serve(parts: SessionParts): Promise<void> {
  const { book, runs, approvals } = parts;
  const begun = book.now.ended_runs;
  const isQuiet = (): boolean => book.isQuiet && allHandlersFinished();
  const isLong = (): boolean =>
    workflowInfo().historyLength > MAX_HISTORY ||
    workflowInfo().continueAsNewSuggested ||
    book.now.ended_runs - begun >= MAX_RUNS;
  for (;;) {
    const hasWork = (): boolean => book.now.queue.length > 0;
    await untilAsked(parts, () => hasWork() || book.closing !== undefined || isLong());
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

/** Waits until there is something to do; a session that nobody asks for as long as it may be idle is closed. */
async function untilAsked(parts: SessionParts, isAsked: () => boolean): Promise<void> {
  const { idle_ttl_s } = parts.book.input.spec;
  if (idle_ttl_s === undefined) return condition(isAsked);
  if (!(await condition(isAsked, idle_ttl_s * 1_000, { summary: 'closes the session when nobody asks' })))
    close(parts, { cancel: false });
}

async function goOn({ book }: SessionParts): Promise<never> {
  const { memo = {}, typedSearchAttributes } = workflowInfo();
  const known = book.known();
  const options = { memo: { ...memo, session: book.memo }, typedSearchAttributes };
  const { first: _first, ...input } = book.input;
  return makeContinueAsNewFunc<typeof session>(options)({ ...input, known });
}
