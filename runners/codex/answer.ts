import type { AgentEvent, RunFailure, RunResult } from '../../contract/shared/events.ts';
import type { AgentRun, UserMessage } from '../agent.ts';
import { ModelWait } from '../model-wait.ts';
import { answered, failure } from '../results.ts';
import { Account } from './account.ts';
import { toEvents, withoutShell } from './events.ts';
import type { CodexOptions } from './options.ts';
import { turnFailure, type Circumstances } from './outcome.ts';
import type { Price } from './prices.ts';
import type { ServerMessage, ThreadItem, Turn, TurnError } from './protocol.ts';

/** What the output of the CLI means. */
export interface Reading {
  events: AgentEvent[];
  /** Set where the answer has ended. */
  result?: RunResult;
  /** The CLI must break off: a limit of ours is reached. */
  interrupt?: true;
}

interface AnswerContext {
  session: string;
  price: Price | undefined;
  options: Pick<CodexOptions, 'max_turns' | 'max_budget_usd'>;
  limits: AgentRun['limits'];
  modelWaitMs: number | undefined;
  /** What the failure of a turn depends on. */
  seen: () => Omit<Circumstances, 'hasSpoken'>;
}

/** One answer of the CLI, from the message to its end. */
export class Answer {
  readonly message: UserMessage;
  interrupted = false;
  /** The CLI's own id of the answer, once it has taken the message. */
  turnId: string | undefined;
  readonly #context: AnswerContext;
  readonly #account: Account;
  #words = '';
  /** Why it was broken off by us. */
  #limit: string | undefined;
  #retries = 0;
  /** Tools were used since the model spoke last: it will be asked again. */
  #hasActed = false;
  /** Texts that have begun and not ended, by the id of their item. */
  readonly #unfinished = new Map<string, string>();
  /** Commands that run, by the id of their item. */
  readonly #running = new Map<string, string>();
  /** The turn is over, and waits for what it left running until then (`performance.now()`). */
  #hold: { result: RunResult; until: number } | undefined;
  #startBy: number | undefined;
  readonly #modelWait: ModelWait;

  constructor(message: UserMessage, context: AnswerContext) {
    this.message = message;
    this.#context = context;
    this.#account = new Account(context.options, context.price);
    this.#startBy = performance.now() + context.limits.startMs;
    this.#modelWait = new ModelWait(context.modelWaitMs);
  }

  /** How long to wait for the next message (milliseconds). */
  patienceMs(): number {
    const until = this.#hold?.until ?? this.#modelWait.until ?? this.#startBy;
    return until === undefined ? this.#context.limits.stallMs : Math.max(0, until - performance.now());
  }

  /** What the model had said of a text when it was broken off: the CLI forgets it. */
  get brokenOff(): string {
    return [...this.#unfinished.values()].join('\n');
  }

  /** What a message of the CLI about this answer means. */
  take(message: ServerMessage): Reading {
    switch (message.method) {
      case 'turn/started':
        this.#startBy = undefined;
        return { events: [] };
      case 'turn/completed':
        return this.#ended(message.params.turn);
      case 'thread/tokenUsage/updated': {
        const call = this.#account.add(message.params.tokenUsage.last);
        return { events: [{ type: 'model_call', ...call }], ...this.#modelSpoke() };
      }
      case 'error':
        return message.params.willRetry ? this.#askedAgain(message.params.error) : { events: [] };
      default:
        this.#note(message);
        return { events: toEvents(message), ...this.#released() };
    }
  }

  /** What to do when no message came within `patienceMs`. */
  overdue(): Reading {
    const { limits } = this.#context;
    const gaveUp = this.#modelWait.end;
    if (gaveUp !== undefined) return { events: [], result: gaveUp };
    if (this.#hold !== undefined)
      return this.#releasedEarly(this.#hold, `did not end within ${limits.backgroundMs / 1_000} s`);
    if (this.#startBy === undefined) {
      const message = `The agent showed no sign of life for ${limits.stallMs / 1_000} s and was stopped.`;
      return { events: [], result: failure('agent_stalled', message) };
    }
    const message = `The agent did not start within ${limits.startMs / 1_000} s and was stopped.`;
    return { events: [], result: failure('agent_start_timeout', message) };
  }

  /** The end of an answer that took too long: what was said counts where only something in the background was left. */
  timedOut(): Reading {
    if (this.#hold !== undefined) return this.#releasedEarly(this.#hold, 'ran until the time limit');
    const after = Math.round(this.message.timeoutMs / 1_000);
    return { events: [], result: this.#failed('timeout', `The agent did not end within ${after} s and was stopped.`) };
  }

  #note(message: ServerMessage): void {
    if (message.method === 'item/agentMessage/delta') {
      this.#modelWait.answered();
      const { itemId, delta } = message.params;
      this.#unfinished.set(itemId, (this.#unfinished.get(itemId) ?? '') + delta);
    }
    if (message.method === 'item/started') this.#noteItem(message.params.item, false);
    if (message.method === 'item/completed') this.#noteItem(message.params.item, true);
  }

  #noteItem(item: ThreadItem, isDone: boolean): void {
    if (item.type === 'agentMessage' && isDone) {
      this.#unfinished.delete(item.id);
      this.#words = item.text;
    }
    if (item.type === 'agentMessage' || item.type === 'reasoning' || item.type === 'userMessage') return;
    this.#hasActed = true;
    if (item.type !== 'commandExecution') return;
    if (isDone) this.#running.delete(item.id);
    else this.#running.set(item.id, withoutShell(item.command));
  }

  #modelSpoke(): Pick<Reading, 'interrupt'> {
    this.#modelWait.answered();
    // A stream that was tried again has begun a new text: what was cut off was not said.
    this.#unfinished.clear();
    const goesOn = this.#hasActed;
    this.#hasActed = false;
    if (!goesOn || this.#limit !== undefined) return {};
    this.#limit = this.#account.limit;
    return this.#limit === undefined ? {} : { interrupt: true };
  }

  #ended({ status, error }: Turn): Reading {
    const { session, limits } = this.#context;
    if (status === 'completed') {
      const { spent, modelCalls: num_turns } = this.#account;
      const result = { ...answered(session, this.#words), ...spent, num_turns };
      this.#hold = { result, until: performance.now() + limits.backgroundMs };
      return { events: [], ...this.#released() };
    }
    if (status === 'failed') {
      const hasSpoken = this.#account.modelCalls > 0 || this.#words !== '';
      const why = turnFailure(error, { ...this.#context.seen(), hasSpoken });
      return { events: [], result: { ...why, ...this.#cost() } };
    }
    if (this.#limit === undefined && this.interrupted)
      return { events: [], result: { status: 'interrupted', session_id: session, ...this.#account.spent } };
    return { events: [], result: this.#failed('agent_failed', this.#limit ?? 'The agent broke off its answer.') };
  }

  /** The result that waited, once nothing runs any more. */
  #released(): Pick<Reading, 'result'> {
    return this.#hold === undefined || this.#running.size > 0 ? {} : { result: this.#hold.result };
  }

  #releasedEarly({ result }: { result: RunResult }, why: string): Reading {
    const names = [...this.#running.values()].join('; ');
    const message = `What the agent left running in the background ${why} and was stopped: ${names}`;
    return { events: [{ type: 'warning', message }], result };
  }

  #failed(code: RunFailure['code'], message: string): RunFailure {
    return { ...failure(code, message), ...this.#cost() };
  }

  #cost(): Pick<RunFailure, 'usage' | 'cost_usd'> {
    return this.#account.modelCalls === 0 ? {} : this.#account.spent;
  }

  #askedAgain(error: TurnError): Reading {
    this.#retries += 1;
    const { code } = turnFailure(error, { ...this.#context.seen(), hasSpoken: true });
    this.#modelWait.failed(code === 'rate_limited' ? code : 'model_overloaded');
    const retrying: AgentEvent = { type: 'retrying', reason: error.message, attempt: this.#retries };
    const result = this.#modelWait.end;
    return { events: [retrying], ...(result !== undefined && { result }) };
  }
}
