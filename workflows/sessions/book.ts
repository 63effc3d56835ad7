import { log, setCurrentDetails, upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { ApprovalState, RememberedRule } from '../../contract/workflow/approval-state.ts';
import { NOTHING_SPENT } from '../../contract/workflow/cost.ts';
import { searchAttributePairs } from '../../contract/workflow/search-attributes.ts';
import type {
  CarriedText,
  CloseRequest,
  KeptKey,
  KnownSession,
  Note,
  RunMessage,
  SessionInput,
  SessionState,
  SessionStatus,
} from '../../contract/workflow/session-state.ts';
import type { SessionEvent } from '../../contract/workflow/stream-events.ts';
import { defined } from '../../contract/shared/defined.ts';
import { throwBug } from '../errors.ts';
import { sessionDisk } from './run-options.ts';
import { describeSession } from './session-details.ts';

/** Characters of the input of a tool call that are shown when it was decided. */
const MAX_SHOWN_INPUT = 512;

/** Updates whose outcome is kept for those that come again. */
const MAX_KEYS = 200;

const begun = (at: string): SessionState => ({
  status: 'idle',
  ...{ runs: 0, ended_runs: 0, messages: 0, active: null, queue: [], dropped: [], approvals: [], children: [] },
  ...{ disk: null, hostname: null, agent_session: null, generation: 1, prepared: false, profile: null },
  ...{ seq: 0, recorded: [], base: null, branch: null, sha: null, pr_url: null, worktree_path: null },
  ...{ spent: NOTHING_SPENT, children_cost_usd: 0, num_turns: 0 },
  ...{ updated_at: at, closed_at: null, error: null, warnings: [] },
});

/** All that a session knows; every change goes to the memo and the Web UI at once. */
export class Book {
  readonly input: SessionInput;
  /** The messages whose runs have not begun, by the id of the run. */
  readonly waiting: Map<string, RunMessage>;
  notes: readonly Note[];
  /** What the last message that says so adds to the agent's system prompt. */
  instructions: CarriedText | undefined;
  remembered: readonly RememberedRule[];
  /** The last words of its agent. */
  lastOutput: string;
  /** Whether nothing more is taken, and then whether what waits is cancelled. */
  closing: CloseRequest | undefined;
  #keys: readonly KeptKey[];
  #state: SessionState;
  /** Steps that nobody waits for. */
  #open = 0;

  constructor(input: SessionInput) {
    const { known } = input;
    this.input = input;
    this.#state = known?.state ?? begun(new Date().toISOString());
    this.waiting = new Map(Object.entries(known?.waiting ?? {}));
    this.notes = known?.notes ?? [];
    this.instructions = known?.instructions;
    this.#keys = known?.keys ?? [];
    this.remembered = known?.remembered ?? [];
    this.closing = known?.closing;
    this.lastOutput = known?.last_output ?? '';
    if (known === undefined) this.show({});
  }

  get now(): Readonly<SessionState> {
    return this.#state;
  }

  /**
   * What readers see. The memo goes into the history with every change: what nobody reads is not in it, nor is all of
   * the input of a call that was decided.
   */
  get memo(): SessionState {
    const approvals = this.#state.approvals.map((each) => (each.status === 'pending' ? each : withoutInput(each)));
    return { ...this.#state, profile: null, approvals };
  }

  /** Whether no step is open that nobody waits for. */
  get isQuiet(): boolean {
    return this.#open === 0;
  }

  show(known: Partial<SessionState>): void {
    const before = this.#state.status;
    const state = { ...this.#state, ...known, updated_at: new Date().toISOString() };
    this.#state = { ...state, status: known.status ?? this.#statusOf(state) };
    upsertMemo({ session: this.memo });
    if (this.#state.status !== before && this.input.indexed)
      upsertSearchAttributes(searchAttributePairs({ status: this.#state.status }));
    setCurrentDetails(describeSession(this.#state));
  }

  /** What the update `key` came to before; undefined where it is new. */
  kept<Outcome>(key: string): Outcome | undefined {
    return this.#keys.find((each) => each.key === key)?.outcome as Outcome | undefined;
  }

  keep<Outcome extends KeptKey['outcome']>(key: string, outcome: Outcome): Outcome {
    this.#keys = [...this.#keys, { key, outcome }].slice(-MAX_KEYS);
    return outcome;
  }

  /** Has `step` done; a failure of it does not matter to the session. */
  begin(step: () => Promise<unknown>, message: string): void {
    this.#open++;
    void step()
      .catch((error: unknown) => {
        throwBug(error);
        log.warn(message, { error });
      })
      .finally(() => this.#open--);
  }

  /** Writes an event that comes from no agent to the session's stream; before the first run there is none. */
  tell(event: SessionEvent, number = this.#state.active?.number ?? this.#state.ended_runs): void {
    const { disk } = this.#state;
    if (disk === null) return;
    const { workflowId: session_id } = workflowInfo();
    this.begin(
      () => sessionDisk(disk).noteEvents({ session_id, number: Math.max(1, number), events: [event] }),
      'could not write an event of the session',
    );
  }

  /** What the next run of the workflow is to know. */
  known(): KnownSession {
    const { notes, instructions, remembered, lastOutput: last_output, closing } = this;
    return {
      ...{ state: this.#state, waiting: Object.fromEntries(this.waiting), notes, keys: this.#keys, remembered },
      last_output,
      ...defined({ instructions, closing }),
    };
  }

  #statusOf({ status, approvals, active }: SessionState): SessionStatus {
    if (status === 'closed' || status === 'failed') return status;
    if (active !== null) return approvals.some((each) => each.status === 'pending') ? 'waiting_approval' : 'running';
    return this.closing === undefined ? 'idle' : 'closing';
  }
}

function withoutInput(approval: ApprovalState): ApprovalState {
  const { input } = approval;
  return input.length <= MAX_SHOWN_INPUT
    ? approval
    : { ...approval, input: input.slice(0, MAX_SHOWN_INPUT), input_cut: true };
}
