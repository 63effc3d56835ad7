import type { AgentEvent, RunResult } from '../../contract/shared/events.ts';
import { Failure, type FailureType } from '../../contract/shared/failures.ts';
import type { RunningProcess } from '../../processes/spawn.ts';
import { exitWithin } from '../../processes/tree.ts';
import { withInstructions, type Conversation, type Decision, type KillReason, type UserMessage } from '../agent.ts';
import { watchOver, within, type Lifetime } from '../lifetime.ts';
import { stopped } from '../results.ts';
import { maskEvent, maskOf, type Mask } from '../secrets.ts';
import { Answer, type Reading } from './answer.ts';
import { CodexApprovals } from './approvals.ts';
import { TOKEN_VARIABLE } from './config.ts';
import type { ServerMessage } from './protocol.ts';
import { Reader } from './reader.ts';
import { breakOff, handOver, tidy, type Parts } from './turn-calls.ts';

/** Failures of an answer after which the CLI cannot be trusted to do anything. */
const HANGS: ReadonlySet<FailureType> = new Set(['agent_stalled', 'agent_start_timeout', 'model_overloaded']);

/** How long a program may take from the end of its output to its own end. */
const EXIT_MS = 1_000;

/** What comes next: a message of the CLI, what became of ours, or the end. */
type Next = ServerMessage | Reading | undefined;

/** One process of `codex app-server` with one thread, which answers message after message. */
export class CodexConversation implements Conversation {
  #parts: Parts;
  readonly #signal: AbortSignal;
  readonly #mask: Mask;
  readonly #lifetime: Lifetime;
  readonly #approvals: CodexApprovals;
  readonly #reader: Reader;
  /** Events of our own that come before the next one of the agent. */
  readonly #due: AgentEvent[];
  #next: Promise<ServerMessage | undefined> | undefined;
  #answer: Answer | undefined;
  /** What the thread is told before the first message. */
  #instructions: string | undefined;
  /** The message is being handed over. */
  #handover: Promise<Reading> | undefined;

  constructor(parts: Parts, signal: AbortSignal) {
    const { run, options, permissions, gateway, process, rpc } = parts;
    this.#parts = parts;
    this.#signal = signal;
    this.#mask = maskOf({ ...run.env, [TOKEN_VARIABLE]: gateway.token });
    this.#approvals = new CodexApprovals(rpc, permissions.rulingOn);
    this.#reader = new Reader(parts, this.#approvals);
    this.#due = options.warnings.map((message) => ({ type: 'warning', message }));
    // It ends with its input.
    this.#lifetime = watchOver(process, { signal, interrupt: '' });
  }

  get session(): string {
    return this.#parts.run.sessionId;
  }

  get process(): RunningProcess {
    return this.#parts.process;
  }

  instruct(text: string): void {
    const { run } = this.#parts;
    this.#parts = { ...this.#parts, run: { ...run, systemPrompt: withInstructions(run, text) } };
    this.#instructions = text;
  }

  send(message: UserMessage): void {
    if (this.#answer !== undefined) throw new Failure('internal', 'The agent has not finished its last answer.');
    const { run, options, price, thread, gateway } = this.#parts;
    const seen = () => ({ goesOn: thread.goesOn, refusal: gateway.refusal() });
    this.#answer = new Answer(message, {
      ...{ session: this.session, price, options, limits: run.limits, seen },
      modelWaitMs: run.modelWaitMs,
    });
    this.#lifetime.begin(message.timeoutMs);
    this.#handover = handOver(this.#parts, this.#answer, this.#instructions);
    this.#instructions = undefined;
    this.#handover.catch(() => undefined);
  }

  async *events(): AsyncGenerator<AgentEvent, void> {
    for (;;) {
      const answer = this.#isStopping() ? undefined : this.#answer;
      const patienceMs = this.#approvals.isEmpty ? answer?.patienceMs() : undefined;
      const next = await within<Next>(answer && this.#handover ? this.#handedOver() : this.#nextMessage(), patienceMs);
      if (next === 'overdue') {
        if (answer !== undefined) yield* this.#eventsOf(answer.overdue());
        continue;
      }
      if (next !== undefined && !('method' in next)) {
        yield* this.#eventsOf(next);
        continue;
      }
      this.#next = undefined;
      if (next === undefined) {
        const end = await this.#died();
        if (end !== undefined) yield* this.#eventsOf(end);
        return;
      }
      // While the CLI is stopped its output is read, too, or it could not end.
      if (!this.#isStopping()) yield* this.#eventsOf(this.#reader.read(next, this.#answer));
    }
  }

  answer(approval: string, decision: Decision): void {
    const turn = { threadId: this.#parts.thread.id, turnId: this.#answer?.turnId ?? '' };
    const resolved = this.#approvals.decide(approval, decision, turn);
    if (resolved === undefined)
      throw new Failure('invalid_request', 'The agent does not wait for this approval any more.');
    this.#due.push(resolved);
  }

  interrupt(): void {
    if (this.#answer === undefined) return;
    this.#answer.interrupted = true;
    breakOff(this.#parts, this.#answer);
  }

  async close(reason?: KillReason): Promise<void> {
    if (reason === undefined && this.#answer === undefined && !this.#signal.aborted) {
      this.#lifetime.finish();
      await this.#parts.rpc.drain();
    }
    await this.#lifetime.end();
    await this.#parts.gateway.close();
  }

  /** Where the process died meanwhile its end is read as any other. */
  async #handedOver(): Promise<Reading> {
    try {
      return (await this.#handover) ?? { events: [] };
    } catch {
      return { events: [] };
    } finally {
      this.#handover = undefined;
    }
  }

  #nextMessage(): Promise<ServerMessage | undefined> {
    return (this.#next ??= this.#parts.rpc.next());
  }

  #isStopping(): boolean {
    return this.#signal.aborted || this.#lifetime.timedOut();
  }

  async *#eventsOf({ events, interrupt, result }: Reading): AsyncGenerator<AgentEvent, void> {
    yield* this.#due.splice(0);
    // The agent may read out what it can reach; its events are kept.
    for (const event of events) yield maskEvent(event, this.#mask);
    if (interrupt && this.#answer !== undefined) breakOff(this.#parts, this.#answer);
    if (result !== undefined) yield* this.#end(result);
  }

  /** The last events of an answer. */
  async *#end(result: RunResult): AsyncGenerator<AgentEvent, void> {
    this.#lifetime.settle();
    if (result.status === 'failed' && HANGS.has(result.code)) await this.#lifetime.end();
    else if (this.#answer?.turnId !== undefined) await tidy(this.#parts, this.#answer, result);
    this.#answer = undefined;
    // The next answer goes on with this thread.
    if (result.status === 'succeeded') this.#parts.thread.goesOn = true;
    yield* this.#due.splice(0);
    yield* this.#approvals.cancelAll();
    yield maskEvent({ type: 'run_ended', result }, this.#mask);
  }

  /** How the answer under way ended with the process; undefined without one. */
  async #died(): Promise<Reading | undefined> {
    const { process, gateway } = this.#parts;
    // Its output ends before it does; killed in between, it would not tell its exit code.
    if (!this.#signal.aborted) await exitWithin(process, EXIT_MS);
    await this.#lifetime.end();
    await gateway.close();
    this.#signal.throwIfAborted();
    if (this.#answer === undefined) return undefined;
    if (this.#lifetime.timedOut()) return this.#answer.timedOut();
    const stderr = this.#mask.text(process.stderrTail().trim());
    return { events: [], result: stopped(await process.exited, stderr) };
  }
}
