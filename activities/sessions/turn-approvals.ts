import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentEvent } from '../../contract/shared/events.ts';
import {
  APPROVAL_ASKED,
  APPROVAL_WITHDRAWN,
  MAX_APPROVAL_INPUT_BYTES,
  type ApprovalAsked,
  type ApprovalWithdrawn,
} from '../../contract/workflow/approval-state.ts';
import type { TurnStep } from '../../contract/workflow/run-state.ts';
import type { Conversation } from '../../runners/agent.ts';
import type { Deps } from '../deps.ts';
import { writeTurn, type TurnRecord } from './turn-record.ts';

/** How often a session that does not hear is told again (milliseconds). */
const AGAIN_MS = 1_000;

type Requested = Extract<AgentEvent, { type: 'approval_requested' }>;
type Resolved = Extract<AgentEvent, { type: 'approval_resolved' }>;

/** A tool call that waits. */
interface Waiting {
  id: string;
  forget: () => void;
  /** Resolves when the session has heard of it. */
  told: Promise<void>;
}

/** The approvals of one turn: they are asked of the session, whose decisions come by answerApproval. */
export class TurnApprovals {
  readonly #deps: Deps;
  readonly #step: TurnStep;
  readonly #conversation: Pick<Conversation, 'answer'>;
  readonly #over = new AbortController();
  /** By the agent's own id of the request. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #record: TurnRecord;
  /** How often a call was asked for: what has a result from an earlier attempt was, too. */
  readonly #times: Map<string, number>;
  /** What was called, by the id of the tool use that was asked for. */
  readonly #calls = new Map<string, string>();

  constructor(deps: Deps, step: TurnStep, conversation: Pick<Conversation, 'answer'>, record: TurnRecord) {
    this.#deps = deps;
    this.#step = step;
    this.#conversation = conversation;
    this.#record = record;
    this.#times = new Map(Object.entries(record.done));
  }

  /** The events with our ids of the approvals; the session is told of each that is asked for, and withdrawn. */
  async *through(events: AsyncIterable<AgentEvent>): AsyncGenerator<AgentEvent, void> {
    try {
      for await (const event of events) {
        if (event.type === 'approval_requested') yield this.#ask(event);
        else if (event.type === 'approval_resolved') yield this.#settle(event);
        else yield event;
        if (event.type === 'tool_result') await this.#note(event.id);
      }
    } finally {
      this.#over.abort();
      for (const { forget } of this.#waiting.values()) forget();
    }
  }

  #ask(event: Requested): Requested {
    const { job_id, run_id, attempt, token } = this.#step;
    const id = this.#idOf(event);
    const answer = this.#conversation.answer.bind(this.#conversation, event.id);
    const forget = this.#deps.approvals.add(job_id, id, answer);
    const asked: ApprovalAsked = {
      ...{ id, run_id, attempt, token, tool: event.name, tool_use_id: event.tool_use_id },
      ...inputOf(event.input),
      host: this.#deps.settings.host,
      at: new Date().toISOString(),
    };
    const told = this.#tell(APPROVAL_ASKED, asked);
    this.#waiting.set(event.id, { id, forget, told });
    return { ...event, id };
  }

  #settle(event: Resolved): Resolved {
    const waiting = this.#waiting.get(event.id);
    if (waiting === undefined) return event;
    const { id, forget, told } = waiting;
    this.#waiting.delete(event.id);
    forget();
    if (event.decision === 'cancelled') {
      const withdrawn: ApprovalWithdrawn = { id, token: this.#step.token };
      void told.then(() => this.#tell(APPROVAL_WITHDRAWN, withdrawn));
    }
    return { ...event, id };
  }

  /** The same for the same call of a run, on whichever host it is asked for. */
  #idOf({ name, input, tool_use_id }: Requested): string {
    const call = digest(JSON.stringify([this.#step.run_id, name, canonical(input)]));
    const times = this.#times.get(call) ?? 0;
    this.#times.set(call, times + 1);
    this.#calls.set(tool_use_id, call);
    return `apr_${digest(`${call} ${times}`)}`;
  }

  /** A call that has a result is not asked for again under its id, should the agent go on elsewhere. */
  async #note(toolUse: string): Promise<void> {
    const call = this.#calls.get(toolUse);
    if (call === undefined) return;
    this.#record.done = { ...this.#record.done, [call]: (this.#record.done[call] ?? 0) + 1 };
    await writeTurn(this.#deps.settings, this.#step.job_id, this.#record);
  }

  /** Tells the session until it has heard, or nobody waits any more. */
  async #tell(signal: string, what: ApprovalAsked | ApprovalWithdrawn): Promise<void> {
    const session = this.#deps.client.workflow.getHandle(this.#step.job_id);
    for (;;) {
      try {
        return await session.signal(signal, what);
      } catch (error) {
        this.#deps.log.warn({ session: this.#step.job_id, error }, `could not signal ${signal} to the session`);
        if (this.#over.signal.aborted || (error as Error).name === 'WorkflowNotFoundError') return;
        await sleep(AGAIN_MS);
      }
    }
  }
}

function inputOf(input: unknown): Pick<ApprovalAsked, 'input' | 'input_cut'> {
  const bytes = Buffer.from(JSON.stringify(input) ?? 'null');
  const shown = new TextDecoder().decode(bytes.subarray(0, MAX_APPROVAL_INPUT_BYTES), { stream: true });
  return { input: shown, input_cut: bytes.length > MAX_APPROVAL_INPUT_BYTES };
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24);

/** The value with the fields of its objects in order. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(fields.map(([name, each]) => [name, canonical(each)]));
}
