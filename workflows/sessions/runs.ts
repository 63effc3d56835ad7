/** Starts the runs of a session, one after the other, and takes note of what they leave. */
import {
  type CancellationScope,
  ChildWorkflowCancellationType,
  isCancellation,
  ParentClosePolicy,
  startChild,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { NOTHING_SPENT, together } from '../../contract/workflow/cost.ts';
import { RUN_WORKFLOW, WORKFLOW_QUEUE } from '../../contract/workflow/names.ts';
import {
  INTERRUPT_RUN,
  WAKE_RUN,
  type RunInput,
  type RunLeft,
  type RunMemo,
} from '../../contract/workflow/run-state.ts';
import type { RunBegan, RunBrief, RunMessage } from '../../contract/workflow/session-state.ts';
import { introduceRun } from '../../contract/workflow/static-details.ts';
import { defined } from '../../contract/shared/defined.ts';
import { throwBug, warnOf } from '../errors.ts';
import { sheltered } from '../seat-request.ts';
import { inTrace } from '../tracing.ts';
import type { Book } from './book.ts';
import { budgetLeft, cancelChildren, tellParent } from './children.ts';
import type { run } from './run.ts';
import { startTerms } from './start-terms.ts';

const MAX_WARNINGS = 20;

/** The runs of a session: one of them is a workflow at a time. */
export class Runs {
  readonly #book: Book;
  readonly #sessionId: string;
  #active: ChildWorkflowHandle<typeof run> | undefined;
  #scope: CancellationScope | undefined;
  /** What the run under way has told that it leaves: one that fails has no result. */
  #left: RunLeft | undefined;

  constructor(book: Book, sessionId: string) {
    this.#book = book;
    this.#sessionId = sessionId;
  }

  began({ run_id, disk, hostname }: RunBegan): void {
    if (run_id === this.#book.now.active?.id) this.#book.show({ disk, hostname });
  }

  told(left: RunLeft): void {
    if (left.run_id === this.#book.now.active?.id) this.#left = left;
  }

  /** Ends the answer that is under way, so that what stands first in the queue is answered. */
  interrupt(): void {
    this.#active?.signal(INTERRUPT_RUN).catch(warnOf('could not signal an interruption to the run'));
  }

  /** Tells the run that is under way, and waits without a seat, to go on. */
  wake(): void {
    this.#active?.signal(WAKE_RUN).catch(warnOf('could not signal a decision to the run'));
  }

  /** Cancels the run that is under way. */
  cancel(): void {
    this.#scope?.cancel();
  }

  /** The first run of the queue, from its start to its end. */
  async next(): Promise<void> {
    const { queue } = this.#book.now;
    const [brief, ...others] = queue;
    const message = brief && this.#book.waiting.get(brief.id);
    if (brief === undefined || message === undefined) return;
    this.#book.instructions = message.instructions ?? this.#book.instructions;
    const { instructions } = this.#book;
    const input = this.#inputOf(brief, { ...message, ...defined({ instructions }) });
    this.#book.waiting.delete(brief.id);
    this.#book.notes = [];
    this.#left = undefined;
    this.#book.show({ active: brief, queue: others });
    this.#scope = sheltered();
    const left = await this.#scope.run(() => inTrace(message.trace, () => this.#follow(brief, input)));
    this.#active = undefined;
    this.#take(left);
  }

  #inputOf(brief: RunBrief, message: RunMessage): RunInput {
    const { notes, now, input } = this.#book;
    const { spec, owner, seat_timeout_s, ttl_s, indexed } = input;
    const { disk, prepared, base, branch, agent_session, generation, seq, spent, children_cost_usd } = now;
    const { profile, recorded } = now;
    const left = budgetLeft(spec, spent.cost_usd ?? 0, children_cost_usd);
    const refused = { code: 'budget_exceeded' as const, message: 'the session has cost as much as it may' };
    return {
      ...{ session_id: this.#sessionId, brief, message, notes, owner, seat_timeout_s, ttl_s, indexed },
      spec: left === undefined ? spec : { ...spec, max_budget_usd: left },
      place: { disk, prepared, base, branch, agent_session, generation, profile, recorded, seq },
      last_output: this.#book.lastOutput,
      ...(left !== undefined && left <= 0 && { refused }),
    };
  }

  /** Starts the run and waits for its end; answers what it leaves. */
  async #follow(brief: RunBrief, input: RunInput): Promise<RunLeft> {
    const { spec, owner, indexed } = input;
    const request: RunMemo = {
      ...{ session_id: this.#sessionId, owner, brief },
      ...{ agent: spec.agent ?? null, profile: spec.profile },
    };
    try {
      this.#active = await startChild<typeof run>(RUN_WORKFLOW, {
        workflowId: brief.id,
        args: [input],
        taskQueue: WORKFLOW_QUEUE,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        ...startTerms({ indexed, owner, spec, request, introduction: introduceRun(brief, spec, this.#sessionId) }),
      });
      return (await this.#active.result()).left;
    } catch (error) {
      throwBug(error);
      const { place } = input;
      const status = isCancellation(error) ? ('cancelled' as const) : ('failed' as const);
      const known = {
        hostname: null,
        worktree_path: null,
        spent: NOTHING_SPENT,
        num_turns: 0,
        text: '',
        warnings: [],
        delivered: null,
      };
      return this.#left ?? { run_id: brief.id, status, place, ...known };
    }
  }

  /** Takes note of what a run leaves. */
  #take(left: RunLeft): void {
    const { run_id, status, place, hostname, worktree_path, spent, num_turns, warnings, delivered } = left;
    const { now } = this.#book;
    if (status === 'succeeded' && delivered === null) this.#book.lastOutput = left.text;
    this.#book.show({
      ...place,
      ...(delivered !== null && { branch: delivered.branch, sha: delivered.sha, pr_url: delivered.pr_url }),
      active: null,
      ended_runs: now.ended_runs + 1,
      hostname: hostname ?? now.hostname,
      worktree_path: worktree_path ?? now.worktree_path,
      spent: together(now.spent, spent),
      num_turns: now.num_turns + num_turns,
      warnings: [...new Set([...now.warnings, ...warnings])].slice(-MAX_WARNINGS),
    });
    if (status === 'cancelled') cancelChildren(this.#book, run_id);
    tellParent(this.#book, left);
  }
}
