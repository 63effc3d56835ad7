import type { RunFailure, RunResult, RunSuccess, Usage } from '../../contract/shared/events.ts';
import { countTokens } from '../../contract/workflow/cost.ts';
import type { AgentRun, UserMessage } from '../agent.ts';
import { serverStatusRequest, stopTaskRequest } from './args.ts';
import { ModelWait } from '../model-wait.ts';
import { BackgroundTasks, beginsTurn } from './background.ts';
import { parseMessage, type ClaudeMessage } from './messages.ts';
import { createReader, type Reader, type Reading } from './reader.ts';

/** How long the CLI may take to say what it makes of the end of a background task. */
const NEWS_MS = 10_000;
/** How long it may take to stop a task, or to tell the state of its servers. */
const REPLY_MS = 3_000;

/** The CLI has spoken its last words for now. */
interface Hold {
  result: RunSuccess;
  for: NonNullable<BackgroundTasks['waitsFor']> | 'stop';
  /** By `performance.now()`; undefined where only the time limit of the answer counts. */
  until: number | undefined;
}

/**
 * One answer of the CLI, from the message to its end. The turns that the CLI begins by itself, because something that
 * runs in the background has reported, belong to it.
 */
export class Answer {
  readonly message: UserMessage;
  interrupted = false;
  readonly #limits: AgentRun['limits'];
  readonly #read: Reader;
  readonly #tasks = new BackgroundTasks();
  #hold: Hold | undefined;
  /** What earlier results of this answer have cost. */
  #spent: { usage: Usage; cost_usd: number } | undefined;
  /** Until when the CLI must have begun; undefined when it has. */
  #startBy: number | undefined;
  #askedServers = false;
  readonly #modelWait: ModelWait;

  constructor(run: AgentRun, message: UserMessage) {
    this.message = message;
    this.#limits = run.limits;
    this.#read = createReader(run, message.id);
    this.#startBy = performance.now() + run.limits.startMs;
    this.#modelWait = new ModelWait(run.modelWaitMs);
  }

  /** How long to wait for the next line (milliseconds); undefined: for as long as the answer may take. */
  patienceMs(): number | undefined {
    const until = this.#hold === undefined ? (this.#modelWait.until ?? this.#startBy) : this.#hold.until;
    if (until !== undefined) return Math.max(0, until - performance.now());
    return this.#hold === undefined ? this.#limits.stallMs : undefined;
  }

  /** What a line of output means. */
  async take(line: string): Promise<Reading> {
    const message = parseMessage(line);
    if (message === undefined) return { events: [] };
    this.#tasks.take(message);
    if (message.subtype === 'init') this.#startBy = undefined;
    if (beginsTurn(message)) this.#hold = undefined;
    const servers = message.response?.response?.mcpServers;
    if (this.#startBy !== undefined && servers !== undefined) return { events: [], result: this.#notStarted(servers) };
    noteModel(message, this.#modelWait);
    const { result = this.#modelWait.end, ...reading } = await this.#read(message);
    if (result !== undefined) return { ...reading, ...this.#settle(result) };
    return this.#hold === undefined ? reading : { ...reading, ...this.#goOnHolding(this.#hold) };
  }

  /** What to do when no line came within `patienceMs`. */
  overdue(): Reading {
    const hold = this.#hold;
    const gaveUp = this.#modelWait.end;
    if (gaveUp !== undefined) return { events: [], result: gaveUp };
    if (hold?.for === 'commands') {
      this.#hold = { ...hold, for: 'stop', until: performance.now() + REPLY_MS };
      const warning = this.#warning(`did not end within ${this.#limits.backgroundMs / 1_000} s`);
      return { events: [warning], reply: this.#tasks.running.map(({ id }) => stopTaskRequest(id)).join('') };
    }
    if (hold?.for === 'news') this.#tasks.dropNews();
    if (hold !== undefined) return { events: [], ...this.#goOnHolding(hold) };
    if (this.#startBy === undefined) return { events: [], result: stalled(this.#limits.stallMs) };
    if (this.#askedServers) return { events: [], result: this.#notStarted([]) };
    this.#askedServers = true;
    this.#startBy = performance.now() + REPLY_MS;
    return { events: [], reply: serverStatusRequest() };
  }

  /** The end of an answer that took too long: what was said counts where only something in the background was left. */
  timedOut(): Reading {
    if (this.#hold !== undefined)
      return { events: [this.#warning('ran until the time limit')], result: this.#hold.result };
    const after = Math.round(this.message.timeoutMs / 1_000);
    const message = `The agent did not end within ${after} s and was stopped.`;
    return { events: [], result: { status: 'failed', code: 'timeout', message } };
  }

  /** A result ends the answer, unless something is to report. */
  #settle(result: RunResult): Pick<Reading, 'result'> {
    const total = this.#withEarlier(result);
    if (total.status !== 'succeeded' || this.interrupted || this.#tasks.waitsFor === undefined)
      return { result: total };
    this.#spent = { usage: total.usage, cost_usd: total.cost_usd ?? 0 };
    return this.#goOnHolding({ result: total, for: 'reports', until: undefined });
  }

  #goOnHolding(hold: Hold): Pick<Reading, 'result'> {
    const waitsFor = this.#tasks.waitsFor;
    this.#hold = hold;
    if (waitsFor === undefined || this.interrupted) return { result: hold.result };
    if (waitsFor === hold.for) return {};
    if (hold.for === 'stop' && waitsFor === 'commands') return isOver(hold) ? { result: hold.result } : {};
    const limits = { reports: undefined, commands: this.#limits.backgroundMs, news: NEWS_MS };
    const ms = limits[waitsFor];
    this.#hold = { ...hold, for: waitsFor, until: ms === undefined ? undefined : performance.now() + ms };
    return {};
  }

  #withEarlier(result: RunResult): RunResult {
    const { usage, cost_usd } = result;
    if (this.#spent === undefined) return result;
    const earlier = this.#spent;
    return {
      ...result,
      usage: usage === undefined ? earlier.usage : sum(earlier.usage, usage),
      cost_usd: earlier.cost_usd + (cost_usd ?? 0),
    };
  }

  #warning(why: string): { type: 'warning'; message: string } {
    const names = this.#tasks.running.map(({ title }) => title).join('; ');
    return {
      type: 'warning',
      message: `What the agent left running in the background ${why} and was stopped: ${names}`,
    };
  }

  #notStarted(servers: NonNullable<ClaudeMessage['mcp_servers']>): RunFailure {
    const silent = servers.flatMap(({ name, status }) => (status === 'pending' ? [name] : []));
    const reason = silent.length === 0 ? '' : `: these MCP servers do not answer: ${silent.join(', ')}`;
    const message = `The agent did not start within ${this.#limits.startMs / 1_000} s and was stopped${reason}.`;
    return { status: 'failed', code: 'agent_start_timeout', message };
  }
}

/** Whether the model of the main agent answers, or is asked again. */
function noteModel({ type, subtype, error, error_status, parent_tool_use_id }: ClaudeMessage, wait: ModelWait): void {
  if (type === 'stream_event' && parent_tool_use_id == null) wait.answered();
  if (type !== 'system' || subtype !== 'api_retry') return;
  wait.failed(error === 'rate_limit' || error_status === 429 ? 'rate_limited' : 'model_overloaded');
}

/** What does not stop in time is killed with the agent. */
const isOver = ({ until }: Hold): boolean => until !== undefined && until <= performance.now();

const stalled = (stallMs: number): RunFailure => ({
  status: 'failed',
  code: 'agent_stalled',
  message: `The agent showed no sign of life for ${stallMs / 1_000} s and was stopped.`,
});

const sum = (one: Usage, other: Usage): Usage => countTokens((name) => one[name] + other[name]);
