import { Failure } from '../../contract/shared/failures.ts';
import type { AgentEvent, RunFailure, RunResult } from '../../contract/shared/events.ts';
import type { RunningProcess } from '../../processes/spawn.ts';
import { exitWithin } from '../../processes/tree.ts';
import type { AgentRun, Conversation, Decision, KillReason, UserMessage } from '../agent.ts';
import { withoutSecrets } from '../environment.ts';
import { watchOver, type Lifetime } from '../lifetime.ts';
import { decisionResponse, interruptRequest, userMessage } from './args.ts';
import { parseMessage } from './messages.ts';
import { createReader, type Reader } from './reader.ts';
import { startClaude } from './start.ts';

/** Most characters of stderr in a failure. */
const MAX_STDERR = 1_500;

/** How long a program may take from the end of its output to its own end. */
const EXIT_MS = 1_000;

/** The answer under way. */
interface Answer {
  message: UserMessage;
  read: Reader;
  interrupted: boolean;
}

/** One process of Claude Code, which answers message after message. */
export class ClaudeConversation implements Conversation {
  readonly #binary: string;
  readonly #signal: AbortSignal;
  #run: AgentRun;
  #process: RunningProcess;
  #lines: AsyncIterator<string>;
  #lifetime: Lifetime;
  #answer: Answer | undefined;
  /** Inputs of the tool calls that wait for a decision, by the id of the approval. */
  readonly #approvals = new Map<string, unknown>();
  /** Events of our own that come before the next one of the agent. */
  readonly #due: AgentEvent[] = [];

  private constructor(binary: string, run: AgentRun, process: RunningProcess, signal: AbortSignal) {
    this.#binary = binary;
    this.#run = run;
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

  send(message: UserMessage): void {
    if (this.#answer !== undefined) throw new Failure('internal', 'The agent has not finished its last answer.');
    this.#answer = { message, read: createReader(this.#run, message.id), interrupted: false };
    this.#lifetime.begin(message.timeoutMs);
    // Stdin stays open: closed before the result, the CLI loses its last words.
    this.#process.stdin.write(userMessage(message));
  }

  async *events(): AsyncGenerator<AgentEvent, void> {
    for (;;) {
      const next = await this.#lines.next();
      if (next.done === true) {
        const result = await this.#died();
        if (result === 'restarted') continue;
        if (result !== undefined) yield* this.#end(result);
        return;
      }
      // While the CLI is stopped its output is read, too, or it could not end.
      if (this.#answer === undefined || this.#signal.aborted || this.#lifetime.timedOut()) continue;
      yield* this.#eventsOf(next.value, this.#answer);
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
      while ((await this.#lines.next()).done !== true);
    }
    await this.#lifetime.end();
  }

  async *#eventsOf(line: string, answer: Answer): AsyncGenerator<AgentEvent, void> {
    // The agent has its model's key and can read it out; its events are kept.
    const { events, reply, result } = await answer.read(withoutSecrets(line, this.#run.env));
    yield* this.#due.splice(0);
    for (const event of events) {
      // A tool runs with the input as the agent said it.
      if (event.type === 'approval_requested') this.#approvals.set(event.id, parseMessage(line)?.request?.input);
      if (event.type === 'approval_resolved') this.#approvals.delete(event.id);
      yield event;
    }
    if (reply !== undefined) this.#process.stdin.write(reply);
    if (result !== undefined) yield* this.#end(result);
  }

  /** The last events of an answer. */
  async *#end(result: RunResult): AsyncGenerator<AgentEvent, void> {
    const interrupted = this.#answer?.interrupted === true;
    this.#lifetime.settle();
    // With a refused credential the CLI would go on trying.
    if (result.status === 'failed' && result.code === 'agent_auth_failed') await this.#lifetime.end();
    this.#answer = undefined;
    yield* this.#due.splice(0);
    for (const id of this.#approvals.keys()) yield { type: 'approval_resolved', id, decision: 'cancelled' };
    this.#approvals.clear();
    yield { type: 'run_ended', result: interrupted ? asInterrupted(result, this.session) : result };
  }

  /**
   * How the answer under way ended with the process; `restarted` where another process answers; undefined without one.
   */
  async #died(): Promise<RunResult | 'restarted' | undefined> {
    // Its output ends before it does; killed in between, it would not tell its exit code.
    if (!this.#signal.aborted) await exitWithin(this.#process, EXIT_MS);
    await this.#lifetime.end();
    this.#signal.throwIfAborted();
    const answer = this.#answer;
    if (answer === undefined) return undefined;
    if (this.#lifetime.timedOut()) return timeout(answer.message);
    const stderr = withoutSecrets(this.#process.stderrTail().trim(), this.#run.env);
    if (this.#run.resume || !stderr.includes('is already in use')) return stopped(await this.#process.exited, stderr);
    await this.#resume(answer.message);
    return 'restarted';
  }

  /** A run that died before it was recorded had begun this session: it is resumed. */
  async #resume(message: UserMessage): Promise<void> {
    this.#run = { ...this.#run, resume: true };
    this.#process = await startClaude(this.#binary, this.#run);
    this.#lines = this.#process.lines[Symbol.asyncIterator]();
    this.#lifetime = watchOver(this.#process, { signal: this.#signal, interrupt: interruptRequest() });
    this.#answer = undefined;
    this.send(message);
  }
}

const timeout = ({ timeoutMs }: UserMessage): RunFailure => ({
  status: 'failed',
  code: 'timeout',
  message: `The agent did not end within ${Math.round(timeoutMs / 1000)} s and was stopped.`,
});

function stopped({ code, signal }: Awaited<RunningProcess['exited']>, stderr: string): RunFailure {
  const words = stderr === '' ? '' : `: ${stderr.slice(-MAX_STDERR)}`;
  const message = `The agent ended without a result (${signal ?? `exit ${code}`})${words}`;
  return { status: 'failed', code: 'agent_stopped', message };
}

/** The CLI calls an interrupted answer an error during execution. */
function asInterrupted(result: RunResult, session_id: string): RunResult {
  if (result.status !== 'failed' || result.code !== 'agent_failed') return result;
  const { usage, cost_usd } = result;
  return usage === undefined || cost_usd === undefined
    ? result
    : { status: 'interrupted', session_id, usage, cost_usd };
}
