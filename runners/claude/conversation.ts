import { Failure, type FailureType } from '../../contract/shared/failures.ts';
import type { AgentEvent, RunResult } from '../../contract/shared/events.ts';
import type { RunningProcess } from '../../processes/spawn.ts';
import { exitWithin } from '../../processes/tree.ts';
import {
  withInstructions,
  type AgentRun,
  type Conversation,
  type Decision,
  type KillReason,
  type UserMessage,
} from '../agent.ts';
import { watchOver, within, type Lifetime } from '../lifetime.ts';
import { stopped } from '../results.ts';
import { maskEvent, maskOf, type Mask } from '../secrets.ts';
import { Answer } from './answer.ts';
import { decisionResponse, initializeRequest, interruptRequest, userMessage } from './args.ts';
import { asInterrupted } from './outcome.ts';
import type { Reading } from './reader.ts';
import { startClaude } from './start.ts';

/** Failures of an answer after which the CLI would hang, or try again for ever. */
const ENDING: ReadonlySet<FailureType> = new Set([
  ...(['agent_auth_failed', 'agent_stalled', 'agent_start_timeout'] as const),
  ...(['model_overloaded', 'rate_limited'] as const),
]);

/** How long a program may take from the end of its output to its own end. */
const EXIT_MS = 1_000;

/** One process of Claude Code, which answers message after message. */
export class ClaudeConversation implements Conversation {
  readonly #binary: string;
  readonly #signal: AbortSignal;
  readonly #mask: Mask;
  #run: AgentRun;
  #process: RunningProcess;
  #lines: AsyncIterator<string>;
  /** The next line, where it was asked for and has not come. */
  #next: Promise<IteratorResult<string>> | undefined;
  #lifetime: Lifetime;
  #answer: Answer | undefined;
  /** Inputs of the tool calls that wait for a decision, by the id of the approval. */
  readonly #approvals = new Map<string, unknown>();
  /** Events of our own that come before the next one of the agent. */
  readonly #due: AgentEvent[] = [];

  private constructor(binary: string, run: AgentRun, process: RunningProcess, signal: AbortSignal) {
    this.#binary = binary;
    this.#run = run;
    this.#mask = maskOf(run.env);
    this.#signal = signal;
    this.#process = process;
    this.#lines = process.lines[Symbol.asyncIterator]();
    this.#lifetime = watchOver(process, { signal, interrupt: interruptRequest() });
  }

  static async open(binary: string, run: AgentRun, signal: AbortSignal): Promise<ClaudeConversation> {
    return new ClaudeConversation(binary, run, await startClaude(binary, run), signal);
  }

  get session(): string {
    return this.#run.sessionId;
  }

  get process(): RunningProcess {
    return this.#process;
  }

  instruct(text: string): void {
    const systemPrompt = withInstructions(this.#run, text);
    this.#run = { ...this.#run, systemPrompt };
    this.#process.stdin.write(initializeRequest(systemPrompt));
  }

  send(message: UserMessage): void {
    if (this.#answer !== undefined) throw new Failure('internal', 'The agent has not finished its last answer.');
    this.#answer = new Answer(this.#run, message);
    this.#lifetime.begin(message.timeoutMs);
    // Stdin stays open: closed before the result, the CLI loses its last words.
    this.#process.stdin.write(userMessage(message));
  }

  async *events(): AsyncGenerator<AgentEvent, void> {
    for (;;) {
      const answer = this.#isStopping() ? undefined : this.#answer;
      const next = await within(this.#nextLine(), this.#approvals.size > 0 ? undefined : answer?.patienceMs());
      if (next === 'overdue') {
        if (answer !== undefined) yield* this.#eventsOf(answer.overdue());
        continue;
      }
      this.#next = undefined;
      if (next.done === true) {
        const end = await this.#died();
        if (end === 'restarted') continue;
        if (end !== undefined) yield* this.#eventsOf(end);
        return;
      }
      // While the CLI is stopped its output is read, too, or it could not end.
      if (this.#answer === undefined || this.#isStopping()) continue;
      yield* this.#eventsOf(await this.#answer.take(next.value));
    }
  }

  answer(approval: string, decision: Decision): void {
    if (!this.#approvals.has(approval))
      throw new Failure('invalid_request', 'The agent does not wait for this approval any more.');
    this.#process.stdin.write(decisionResponse(approval, decision, this.#approvals.get(approval)));
    this.#approvals.delete(approval);
    this.#due.push(
      decision.allow
        ? { type: 'approval_resolved', id: approval, decision: 'allowed' }
        : { type: 'approval_resolved', id: approval, decision: 'denied', reason: decision.reason },
    );
  }

  interrupt(): void {
    if (this.#answer === undefined) return;
    this.#answer.interrupted = true;
    this.#process.stdin.write(interruptRequest());
  }

  async close(reason?: KillReason): Promise<void> {
    if (reason === undefined && this.#answer === undefined && !this.#signal.aborted) {
      this.#lifetime.finish();
      while ((await this.#nextLine()).done !== true) this.#next = undefined;
    }
    await this.#lifetime.end();
  }

  #nextLine(): Promise<IteratorResult<string>> {
    return (this.#next ??= this.#lines.next());
  }

  #isStopping(): boolean {
    return this.#signal.aborted || this.#lifetime.timedOut();
  }

  async *#eventsOf({ events, reply, result }: Reading): AsyncGenerator<AgentEvent, void> {
    yield* this.#due.splice(0);
    for (const event of events) {
      // A tool runs with the input as the agent said it.
      if (event.type === 'approval_requested') this.#approvals.set(event.id, event.input);
      if (event.type === 'approval_resolved') this.#approvals.delete(event.id);
      // The agent has its model's key and can read it out; its events are kept.
      yield maskEvent(event, this.#mask);
    }
    if (reply !== undefined) this.#process.stdin.write(reply);
    if (result !== undefined) yield* this.#end(result);
  }

  /** The last events of an answer. */
  async *#end(result: RunResult): AsyncGenerator<AgentEvent, void> {
    const interrupted = this.#answer?.interrupted === true;
    this.#lifetime.settle();
    if (result.status === 'failed' && ENDING.has(result.code)) await this.#lifetime.end();
    this.#answer = undefined;
    // The next answer goes on with this session.
    if (result.status === 'succeeded') this.#run = { ...this.#run, resume: true };
    yield* this.#due.splice(0);
    for (const id of this.#approvals.keys()) yield { type: 'approval_resolved', id, decision: 'cancelled' };
    this.#approvals.clear();
    const end = interrupted ? asInterrupted(result, this.session) : result;
    yield maskEvent({ type: 'run_ended', result: end }, this.#mask);
  }

  /**
   * How the answer under way ended with the process; `restarted` where another process answers; undefined without one.
   */
  async #died(): Promise<Reading | 'restarted' | undefined> {
    // Its output ends before it does; killed in between, it would not tell its exit code.
    if (!this.#signal.aborted) await exitWithin(this.#process, EXIT_MS);
    await this.#lifetime.end();
    this.#signal.throwIfAborted();
    const answer = this.#answer;
    if (answer === undefined) return undefined;
    if (this.#lifetime.timedOut()) return answer.timedOut();
    const stderr = this.#mask.text(this.#process.stderrTail().trim());
    if (this.#run.resume || !stderr.includes('is already in use'))
      return { events: [], result: stopped(await this.#process.exited, stderr) };
    await this.#resume(answer.message);
    return 'restarted';
  }

  /** A run that died before it was recorded had begun this session: it is resumed. */
  async #resume(message: UserMessage): Promise<void> {
    this.#run = { ...this.#run, resume: true };
    this.#process = await startClaude(this.#binary, this.#run);
    this.#lines = this.#process.lines[Symbol.asyncIterator]();
    this.#next = undefined;
    this.#lifetime = watchOver(this.#process, { signal: this.#signal, interrupt: interruptRequest() });
    this.#answer = undefined;
    this.send(message);
  }
}
