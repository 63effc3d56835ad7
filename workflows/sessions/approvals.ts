/** Tool calls of a session's agent that wait for a decision. */
import { ActivityFailure, CancellationScope, condition, TimeoutFailure } from '@temporalio/workflow';
import type {
  AnswerStep,
  ApprovalAsked,
  ApprovalState,
  ApprovalWithdrawn,
  DecisionOutcome,
  DecisionRequest,
} from '../../contract/workflow/approval-state.ts';
import type { Book } from './book.ts';
import { answering } from './run-options.ts';

/** ApprovalDesk that were decided and are still told of. */
const MAX_DECIDED = 50;

/** What a host that waits is known by. */
type Asker = Pick<ApprovalAsked, 'host' | 'token' | 'attempt'>;

/** The approvals of a session, and the hosts that wait for them. */
export class ApprovalDesk {
  readonly #book: Book;
  readonly #sessionId: string;
  readonly #askers = new Map<string, Asker>();
  readonly #wake: () => void;
  /** The run that waits without a seat. */
  #waiting: string | undefined;

  /** `wake` tells a run that waits without a seat to go on. */
  constructor(book: Book, sessionId: string, wake: () => void) {
    this.#book = book;
    this.#sessionId = sessionId;
    this.#wake = wake;
  }

  /** An agent waits for a decision: one that was made before and not used is used now. */
  asked(asked: ApprovalAsked): void {
    const { host, token, attempt, run_id, id } = asked;
    if (run_id !== this.#book.now.active?.id) return;
    if ((this.#askers.get(id)?.attempt ?? 0) > attempt) return;
    this.#askers.set(id, { host, token, attempt });
    this.#waiting = undefined;
    const known = this.#find(id);
    if (known === undefined) this.#begin(asked);
    else if (known.status === 'allowed' || known.status === 'denied' || known.status === 'expired')
      this.#answer({ ...known, delivered: false });
    else this.#change(id, { status: 'pending' });
  }

  /** The agent was ended that waited, and asks again when its run goes on: at once where there is a decision by now. */
  waits(runId: string): void {
    this.#askers.clear();
    this.#waiting = runId;
    const { approvals } = this.#book.now;
    if (approvals.some((each) => each.run_id === runId && each.status !== 'pending' && !each.delivered)) this.#wake();
  }

  /** The agent does not wait any more. */
  withdrawn({ id, token }: ApprovalWithdrawn): void {
    if (this.#askers.get(id)?.token !== token || this.#find(id)?.status !== 'pending') return;
    this.#change(id, { status: 'cancelled', decided_at: now() });
  }

  /** The first decision stands. */
  decide({ approval_id, decision, reason, remember, by, via }: DecisionRequest): DecisionOutcome {
    const approval = this.#find(approval_id);
    if (approval?.status !== 'pending') return { won: false, approval: approval ?? null };
    if (remember) this.#book.remembered = [...this.#book.remembered, { tool: approval.tool, decision }];
    const status = decision === 'allow' ? ('allowed' as const) : ('denied' as const);
    const how = { status, decided_at: now(), decided_by: by, via, reason: reason ?? null };
    const decided = this.#change(approval_id, how);
    this.#tell(decided);
    this.#answer(decided);
    return { won: true, approval: decided };
  }

  /** No run is under way: nobody waits. */
  clear(): void {
    this.#askers.clear();
    this.#waiting = undefined;
    const cancelled = { status: 'cancelled' as const, decided_at: now() };
    const { approvals } = this.#book.now;
    if (!approvals.some(({ status }) => status === 'pending')) return;
    this.#book.show({
      approvals: approvals.map((each) => (each.status === 'pending' ? { ...each, ...cancelled } : each)),
    });
  }

  #begin({ host: _host, token: _token, attempt: _attempt, at, ...asked }: ApprovalAsked): void {
    const ms = this.#book.input.spec.approval_timeout_s * 1_000;
    const approval: ApprovalState = {
      ...asked,
      ...{ status: 'pending', asked_at: at, expires_at: new Date(Date.now() + ms).toISOString() },
      ...{ decided_at: null, decided_by: null, via: null, reason: null, delivered: false },
    };
    const remembered = this.#book.remembered.find(({ tool }) => tool === asked.tool);
    const { approvals } = this.#book.now;
    this.#book.show({ approvals: [...approvals, approval].slice(-MAX_DECIDED - pendingIn(approvals)) });
    if (remembered === undefined) void this.#expire(asked.id, ms);
    else
      this.decide({
        ...{ approval_id: asked.id, decision: remembered.decision, remember: false },
        ...{ by: 'rule', via: 'rule', reason: 'a decision for this tool was to be remembered' },
      });
  }

  /** Denies the approval when its time is over. */
  async #expire(id: string, ms: number): Promise<void> {
    const isOver = (): boolean => this.#find(id)?.status !== 'pending';
    const decided = await CancellationScope.nonCancellable(() =>
      condition(isOver, ms, { summary: 'denies the call that waits when nobody decides' }),
    );
    if (decided) return;
    const how = { decided_at: now(), decided_by: 'timeout', via: 'timeout', reason: 'nobody decided in time' };
    const expired = this.#change(id, { status: 'expired', ...how });
    this.#tell(expired);
    this.#answer(expired);
  }

  /** Brings a decision to the agent that waits for it; one that is gone asks again where it goes on. */
  #answer({ id, run_id, status, reason }: ApprovalState): void {
    if (this.#waiting === run_id) this.#wake();
    const asker = this.#askers.get(id);
    if (asker === undefined) return;
    const allow = status === 'allowed';
    const step = { session_id: this.#sessionId, run_id, approval_id: id, allow, reason: reason ?? '' };
    this.#book.begin(() => this.#deliver(step, asker), 'could not bring a decision to the agent that waits for it');
  }

  /** Tries for as long as this agent is the one that waits: its host may be busy, or cut off, or gone. */
  async #deliver(step: AnswerStep, asker: Asker): Promise<void> {
    const id = step.approval_id;
    while (this.#askers.get(id) === asker) {
      try {
        await answering(asker.host).answerApproval(step);
        this.#change(id, { delivered: true });
        return;
      } catch (error) {
        if (!isTimeout(error)) throw error;
      }
    }
  }

  #tell({ id, tool, status, decided_by, via, reason }: ApprovalState): void {
    this.#book.tell({ type: 'approval_decided', id, name: tool, decision: status, by: decided_by, via, reason });
  }

  #find(id: string): ApprovalState | undefined {
    return this.#book.now.approvals.find((each) => each.id === id);
  }

  #change(id: string, known: Partial<ApprovalState>): ApprovalState {
    const approvals = this.#book.now.approvals.map((each) => (each.id === id ? { ...each, ...known } : each));
    this.#book.show({ approvals });
    const changed = approvals.find((each) => each.id === id);
    if (changed === undefined) throw new Error(`the session has no approval ${id}`);
    return changed;
  }
}

const isTimeout = (error: unknown): boolean =>
  error instanceof ActivityFailure && error.cause instanceof TimeoutFailure;

const now = (): string => new Date().toISOString();

const pendingIn = (approvals: readonly ApprovalState[]): number =>
  approvals.filter(({ status }) => status === 'pending').length;
