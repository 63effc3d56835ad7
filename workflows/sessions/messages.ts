/** What is posted to a session: messages, and the runs that they start. */
import { ApplicationFailure, uuid4 } from '@temporalio/workflow';
import type { FailureType } from '../../contract/shared/failures.ts';
import { messageIdOf, runIdOf } from '../../contract/workflow/names.ts';
import {
  MAX_QUEUED_RUNS,
  type DeliverRequest,
  type MessageFacts,
  type MessageRequest,
  type PostOutcome,
  type RunBrief,
} from '../../contract/workflow/session-state.ts';
import { defined } from '../../contract/shared/defined.ts';
import { currentTrace } from '../tracing.ts';
import type { Book } from './book.ts';

/** Characters of a message that a record shows. */
const MAX_SHOWN = 1024;

/** Runs that were cancelled before they began and are still told of. */
const MAX_DROPPED = 50;

/** Notes that wait for the next message, and characters of one. */
const MAX_NOTES = 50;
const MAX_NOTE = 8 * 1024;

export const refuse = (code: FailureType, message: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(message, code);

/** Refuses everything new in a session that is closed, or will be. */
export function checkOpen(book: Book): void {
  if (book.closing !== undefined || book.now.status === 'closed')
    throw refuse('session_closed', 'the session is closed');
}

/**
 * Takes note of a message. One of role `user` gets a run, which waits for those before it or goes first; any other is
 * told to the agent with the next one.
 */
export function post(book: Book, sessionId: string, request: MessageRequest): PostOutcome {
  checkOpen(book);
  const { active, queue } = book.now;
  const isBusy = active !== null || queue.length > 0;
  if (request.mode === 'reject' && isBusy) throw refuse('session_busy', 'a run of the session is under way');
  const { body_hash } = request;
  if (request.role !== 'user') {
    const message = factsOf(request);
    note(book, request.role, request.text ?? '');
    book.show({ messages: book.now.messages + 1 });
    book.tell({ type: 'message', ...message });
    return { message, run: null, body_hash };
  }
  const run = enqueue(book, sessionId, request);
  return { message: run.message, run, body_hash };
}

/** Has the work of the session delivered, when what waits before is done. */
export function postDelivery(book: Book, sessionId: string, request: DeliverRequest): PostOutcome {
  checkOpen(book);
  if (book.input.spec.repo_url === undefined)
    throw refuse('invalid_request', 'the session has no repository to deliver to');
  if (book.now.runs === 0)
    throw refuse('invalid_request', 'the session has not worked yet: there is nothing to deliver');
  const asked: MessageRequest = {
    role: 'system',
    text: 'Deliver the work',
    mode: 'queue',
    body_hash: request.body_hash,
  };
  const run = enqueue(book, sessionId, asked, { delivery: request });
  return { message: run.message, run, body_hash: request.body_hash };
}

/** Gives a message its run; `message` is there where it has facts already. */
export function enqueue(
  book: Book,
  sessionId: string,
  request: MessageRequest,
  { message, delivery }: { message?: MessageFacts; delivery?: DeliverRequest } = {},
): RunBrief {
  const { queue, runs, messages } = book.now;
  if (queue.length >= MAX_QUEUED_RUNS)
    throw refuse('session_full', `${MAX_QUEUED_RUNS} runs of the session wait already`);
  const number = runs + 1;
  const facts = message ?? factsOf(request, messageIdOf(sessionId, number));
  const brief = { ...runBriefOf(sessionId, number, facts, request.from_run), ...defined({ delivery }) };
  const { text, content, images, instructions, timeout_s } = request;
  const said = { text, content, images, instructions, timeout_s };
  book.waiting.set(brief.id, { id: facts.id, ...defined({ ...said, trace: currentTrace() }) });
  book.show({
    runs: number,
    messages: messages + 1,
    queue: request.mode === 'steer' ? [brief, ...queue] : [...queue, brief],
  });
  return brief;
}

export const runBriefOf = (sessionId: string, number: number, message: MessageFacts, from_run?: string): RunBrief => ({
  id: runIdOf(sessionId, number),
  number,
  message,
  ...defined({ from_run }),
});

/** Something that the agent is told with its next message. */
function note(book: Book, role: MessageRequest['role'], text: string): void {
  book.notes = [...book.notes, { role, text: text.slice(0, MAX_NOTE) }].slice(-MAX_NOTES);
}

/** Takes a run out of the queue that has not begun; false where it has, or there is none of that id. */
export function dropQueued(book: Book, runId: string): boolean {
  const { queue, dropped } = book.now;
  const brief = queue.find(({ id }) => id === runId);
  if (brief === undefined) return false;
  book.waiting.delete(runId);
  book.show({
    queue: queue.filter((each) => each !== brief),
    dropped: [...dropped, { ...brief, ended_at: new Date().toISOString() }].slice(-MAX_DROPPED),
  });
  return true;
}

/** A message as its session keeps it. */
export const factsOf = ({ role, text = '' }: MessageRequest, id = uuid4()): MessageFacts => ({
  id,
  role,
  text: text.slice(0, MAX_SHOWN),
  text_cut: text.length > MAX_SHOWN,
  created_at: new Date().toISOString(),
});
