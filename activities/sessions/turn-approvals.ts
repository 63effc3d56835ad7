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
import { within } from '../../runners/lifetime.ts';
import type { Deps } from '../deps.ts';
import { writeTurn, type TurnRecord, type WaitingCall } from './turn-record.ts';

/** How often a session that does not hear is told again (milliseconds). */
const AGAIN_MS = 1_000;

/** How long events wait for the session to be told of an approval, before readers are (milliseconds). */
const FIRST_MS = 2_000;

type Requested = Extract<AgentEvent, { type: 'approval_requested' }>;
type Resolved = Extract<AgentEvent, { type: 'approval_resolved' }>;

/** A tool call that waits. */
interface Waiting {
  id: string;
  tool_use_id: string;
  forget: () => void;
  /** Resolves when the session has heard of it. */
  told: Promise<void>;
}

/** The agent has waited for decisions, and nothing else, for as long as it keeps its seat. */
export class Held extends Error {}

/** The approvals of one turn: they are asked of the session, whose decisions come by answerApproval. */
export class TurnApprovals {
  readonly #deps: Deps;
  readonly #step: TurnStep;
  readonly #conversation: Pick<Conversation, 'answer'>;
  readonly #over = new AbortController();
  /** By the agent's own id of the request. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #turn: TurnRecord;
  /** How often a call was asked for: what has a result from an earlier attempt was, too. */
  readonly #times: Map<string, number>;
  /** Tool calls without a result. */
  readonly #open = new Set<string>();
  /** What was called, by the id of the tool use that was asked for. */
  readonly #calls = new Map<string, string>();

  constructor(deps: Deps, step: TurnStep, conversation: Pick<Conversation, 'answer'>, turn: TurnRecord) {
    this.#deps = deps;
    this.#step = step;
    this.#conversation = conversation;
    this.#turn = turn;
    this.#times = new Map(Object.entries(turn.done));
  }

  /** The events with our ids of the approvals; the session is told of each that is asked for, and withdrawn. */
  async *through(events: AsyncIterable<AgentEvent>): AsyncGenerator<AgentEvent, void> {
    try {
      for await (const event of untilHeld(events, () => this.#holdMs())) {
        this.#follow(event);
        if (event.type === 'approval_requested') yield await this.#ask(event);
        else if (event.type === 'approval_resolved') yield await this.#settle(event);
        else yield event;
        if (event.type === 'tool_result') await this.#note(event.id);
      }
    } finally {
      this.#over.abort();
      for (const { forget } of this.#waiting.values()) forget();
    }
  }

  /** Notes which tools run. */
  #follow(event: AgentEvent): void {
    if (event.type === 'tool_use') this.#open.add(event.id);
    if (event.type === 'tool_result') this.#open.delete(event.id);
  }

  /** How long the next event is waited for: without end while the agent does anything else than wait for decisions. */
  #holdMs(): number | undefined {
    const asked = new Set([...this.#waiting.values()].map(({ tool_use_id }) => tool_use_id));
    const onlyWaits = asked.size > 0 && [...this.#open].every((id) => asked.has(id));
    return onlyWaits ? this.#deps.settings.approvalHoldS * 1_000 : undefined;
  }

  async #ask(event: Requested): Promise<Requested> {
    const { job_id, run_id, attempt, token } = this.#step;
    const id = this.#idOf(event);
    const { name, input } = event;
    await this.#record({ waiting: [...this.#others(id), { id, name, input }] });
    const answer = this.#conversation.answer.bind(this.#conversation, event.id);
    const forget = this.#deps.approvals.add(job_id, id, answer);
    const asked: ApprovalAsked = {
      ...{ id, run_id, attempt, token, tool: event.name, tool_use_id: event.tool_use_id },
      ...inputOf(event.input),
      host: this.#deps.settings.host,
      at: new Date().toISOString(),
    };
    const told = this.#tell(APPROVAL_ASKED, asked);
    this.#waiting.set(event.id, { id, tool_use_id: event.tool_use_id, forget, told });
    // Who reads of it may decide at once.
    await Promise.race([told, sleep(FIRST_MS, undefined, { ref: false })]);
    return { ...event, id };
  }

  async #settle(event: Resolved): Promise<Resolved> {
    const waiting = this.#waiting.get(event.id);
    if (waiting === undefined) return event;
    const { id, forget, told } = waiting;
    this.#waiting.delete(event.id);
    forget();
    await this.#record({ waiting: this.#others(id) });
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
    const { done } = this.#turn;
    await this.#record({ done: { ...done, [call]: (done[call] ?? 0) + 1 } });
  }

  /** The calls that wait beside that of an approval. */
  #others(id: string): WaitingCall[] {
    return (this.#turn.waiting ?? []).filter((call) => call.id !== id);
  }

  async #record(changes: Partial<TurnRecord>): Promise<void> {
    Object.assign(this.#turn, changes);
    await writeTurn(this.#deps.settings, this.#step.job_id, this.#turn);
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

/** The events until one was waited for too long; then throws `Held`. */
async function* untilHeld(
  events: AsyncIterable<AgentEvent>,
  holdMs: () => number | undefined,
): AsyncGenerator<AgentEvent, void> {
  const iterator = events[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await within(iterator.next(), holdMs());
      if (next === 'overdue') throw new Held();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // It may still wait for an event that never comes: that of an agent which is about to be ended.
    iterator.return?.().catch(() => undefined);
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
