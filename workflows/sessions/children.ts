/** The child sessions of a session, and what a child and its parent tell each other. */
import { getExternalWorkflowHandle, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import { defined } from '../../contract/shared/defined.ts';
import { SESSION_WORKFLOW, WORKFLOW_QUEUE, messageIdOf, runIdOf } from '../../contract/workflow/names.ts';
import type { RunLeft } from '../../contract/workflow/run-state.ts';
import {
  CANCEL_RUN,
  CHILD_RUN_ENDED,
  type ChildRunEnd,
  type ChildState,
  type Escalation,
  type EscalationOutcome,
  type SessionBrief,
  type SessionInput,
  type SessionSpec,
  type SpawnOutcome,
  type SpawnRequest,
} from '../../contract/workflow/session-state.ts';
import { introduceSession } from '../../contract/workflow/static-details.ts';
import { warnOf } from '../errors.ts';
import type { Book } from './book.ts';
import { runBriefOf, checkOpen, factsOf, post, refuse } from './messages.ts';
import { startTerms } from './start-terms.ts';

/** Starts a child; it lives on when its parent ends. */
export async function spawn(book: Book, request: SpawnRequest): Promise<SpawnOutcome> {
  checkOpen(book);
  const { spec, owner, seat_timeout_s, ttl_s, indexed } = book.input;
  const { children } = book.now;
  if (children.length >= spec.max_children) throw refuse('child_limit', `the session has ${children.length} children`);
  if (spec.depth >= spec.max_depth)
    throw refuse('child_limit', `${spec.depth} sessions are above this one: no child may be below it`);
  const { session_id, run_id, task, wake, body_hash } = request;
  const child: ChildState = { session_id, run_id, child_run_id: runIdOf(session_id, 1), status: 'running' };
  // Before anything is waited for: two at once must not both take the last place.
  book.show({ children: [...children, child] });
  const childSpec = specOfChild(book, request);
  const message = factsOf(task, messageIdOf(session_id, 1));
  const first = { request: task, message };
  const input: SessionInput = { spec: childSpec, owner, seat_timeout_s, ttl_s, indexed, first };
  const brief: SessionBrief = { spec: childSpec, owner, created_at: new Date().toISOString(), request_hash: body_hash };
  const introduction = introduceSession(childSpec, { id: session_id, owner }, task.text ?? '');
  await startChild(SESSION_WORKFLOW, {
    workflowId: session_id,
    args: [input],
    taskQueue: WORKFLOW_QUEUE,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    ...startTerms({ indexed, owner, spec: childSpec, request: brief, introduction }),
  });
  book.tell({ type: 'child_spawned', session_id, run_id: child.child_run_id, task: task.text?.slice(0, 1024) ?? '' });
  return { session_id, run: runBriefOf(session_id, 1, message), body_hash };

  function specOfChild({ now }: Book, { spec: other }: SpawnRequest): SessionSpec {
    const left = budgetLeft(spec, now.spent.cost_usd ?? 0, now.children_cost_usd);
    const asked = other.max_budget_usd ?? left;
    const { package: named, ...inherited } = spec;
    return {
      ...inherited,
      ...other,
      // A profile comes in place of the package.
      ...defined({ package: other.profile === undefined ? named : undefined }),
      ...defined({ max_budget_usd: left === undefined || asked === undefined ? asked : Math.min(asked, left) }),
      depth: spec.depth + 1,
      parent: { session_id: workflowInfo().workflowId, run_id, wake },
    };
  }
}

/** What the session may still cost, in US dollars; undefined where it has no limit. */
export const budgetLeft = (spec: SessionSpec, own: number, children: number): number | undefined =>
  spec.max_budget_usd === undefined ? undefined : Math.max(0, spec.max_budget_usd - own - children);

/** The run for which a child was spawned has ended: its parent is told once, by a message where it is to be. */
export function childRunEnded(book: Book, sessionId: string, end: ChildRunEnd): void {
  const { children, children_cost_usd } = book.now;
  const child = children.find(({ child_run_id }) => child_run_id === end.run_id);
  if (child?.status !== 'running') return;
  const { status, text, session_id, run_id } = end;
  book.show({
    children: children.map((each) => (each === child ? { ...each, status } : each)),
    children_cost_usd: children_cost_usd + end.cost_usd,
  });
  book.tell({ type: 'child_run_ended', session_id, run_id, status, text: text.slice(0, 1024) });
  if (!end.wake || book.closing !== undefined || book.now.status === 'closed') return;
  const told = `The child session ${session_id} that you spawned has ended its task (${status}). It says:\n\n${text}`;
  post(book, sessionId, { role: 'user', text: told, mode: 'queue', body_hash: '', from_run: run_id });
}

/** What a child's run tells its parent: an event, a note for the parent's agent, and a run where it is to be. */
export function escalate(book: Book, sessionId: string, escalation: Escalation): EscalationOutcome {
  const { from_session, from_run, text, request_kind, wake, body_hash } = escalation;
  const told = `The child session ${from_session} says (${request_kind}):\n\n${text}`;
  const role = wake ? ('user' as const) : ('tool' as const);
  const posted = post(book, sessionId, { role, text: told, mode: 'queue', body_hash, from_run });
  book.tell({ type: 'escalation', from_session_id: from_session, from_run_id: from_run, request_kind, text });
  return { message: posted.message, run: posted.run, body_hash };
}

/** Tells the parent how the run ended for which the session was spawned. */
export function tellParent(book: Book, { run_id, status, text, spent }: RunLeft): void {
  const { parent } = book.input.spec;
  const { workflowId: session_id } = workflowInfo();
  if (parent === undefined || run_id !== runIdOf(session_id, 1)) return;
  const ended = status === 'succeeded' || status === 'cancelled' ? status : 'failed';
  const end: ChildRunEnd = {
    ...{ session_id, run_id, text, wake: parent.wake },
    status: ended,
    cost_usd: spent.cost_usd ?? 0,
  };
  book.begin(
    () => getExternalWorkflowHandle(parent.session_id).signal(CHILD_RUN_ENDED, end),
    'could not signal the end of a run to the parent session',
  );
}

/** Cancels what the children do for the run that was cancelled. */
export function cancelChildren(book: Book, runId: string): void {
  for (const { run_id, session_id, child_run_id, status } of book.now.children) {
    if (run_id !== runId || status !== 'running') continue;
    void getExternalWorkflowHandle(session_id)
      .signal(CANCEL_RUN, child_run_id)
      .catch(warnOf('could not signal a cancellation to a child session'));
  }
}
