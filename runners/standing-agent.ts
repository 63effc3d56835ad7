import type { WarmFacts } from '../contract/http/run.ts';
import type { AgentEvent } from '../contract/shared/events.ts';
import { findMembers, killUntilGone, type Traces } from '../processes/job-processes.ts';
import { memoryOf } from '../processes/memory.ts';
import type { ProcessIdentity } from '../processes/proc-table.ts';
import type { Agent, AgentRun, Conversation, KillReason, UserMessage } from './agent.ts';

/** How long an agent may take to obey an interrupt (milliseconds). */
const INTERRUPT_MS = 10_000;

const KILL: KillReason = { kill: true };

/** An agent that answers message after message, each under a signal of its own. */
export class StandingAgent {
  readonly conversation: Conversation;
  /** What can be told of its process. */
  readonly atWork: { pid: number; args: readonly string[] };
  /** Where its program tells of itself. */
  readonly telemetry: AgentRun['telemetry'];
  readonly #end: AbortController;
  /** What identifies its processes. */
  #traces: Traces;
  /** The agent itself, with what holds it and its servers: all that lives when it begins with its first message. */
  #own: readonly ProcessIdentity[] | undefined;
  #isOver = false;

  private constructor(conversation: Conversation, run: AgentRun, end: AbortController, traces: Traces) {
    this.conversation = conversation;
    this.atWork = { pid: conversation.process.pid, args: run.invocation.args };
    this.telemetry = run.telemetry;
    this.#end = end;
    this.#traces = traces;
    void conversation.process.exited.then(() => (this.#isOver = true));
  }

  /** Starts an agent; `directories` are those in which nothing else works. Throws like `Agent.open`. */
  static async open(agent: Agent, run: AgentRun, directories: readonly string[]): Promise<StandingAgent> {
    const end = new AbortController();
    const conversation = await agent.open(run, end.signal);
    return new StandingAgent(conversation, run, end, { marker: run.marker, directories });
  }

  /** Whether its program has ended. */
  get isOver(): boolean {
    return this.#isOver || this.#end.signal.aborted;
  }

  /** The processes that are the agent itself. */
  get own(): readonly ProcessIdentity[] {
    return this.#own ?? [];
  }

  /**
   * Sends a message and yields what the agent does, up to its `run_ended`. When `stopped` aborts the agent ends, with a
   * `KillReason` at once; when `interrupted` does, only its answer, if it obeys. Then throws the reason of the abort,
   * unless the answer ended by itself.
   */
  async *answer(message: UserMessage, { stopped, interrupted }: AnswerSignals): AsyncGenerator<AgentEvent, void> {
    const over = new AbortController();
    const { signal } = over;
    const end = (): void => this.#end.abort(stopped.reason);
    const interrupt = (): void => {
      this.conversation.interrupt();
      const giveUp = setTimeout(() => this.#end.abort(interrupted.reason), INTERRUPT_MS);
      signal.addEventListener('abort', () => clearTimeout(giveUp), { once: true });
    };
    this.conversation.send(message);
    try {
      onAbort(stopped, end, signal);
      onAbort(interrupted, interrupt, signal);
      for await (const event of this.conversation.events()) {
        if (event.type === 'started') this.#own ??= await findMembers(this.#tree());
        yield event;
        if (event.type === 'run_ended') return;
      }
      this.#end.signal.throwIfAborted();
    } finally {
      over.abort();
    }
  }

  /** Its directories are called otherwise from now on. */
  moved(directories: readonly string[]): void {
    this.#traces = { ...this.#traces, directories };
  }

  /** Kills everything of its tree but the agent itself. */
  async trim(): Promise<void> {
    await killUntilGone(() => findMembers({ ...this.#tree(), spared: this.own }));
  }

  /** Megabytes that its tree takes; null where that cannot be told. */
  async memoryMb(): Promise<number | null> {
    return memoryOf((await findMembers(this.#tree())).map(({ pid }) => pid));
  }

  /** Ends it at once. */
  kill(): Promise<void> {
    this.#end.abort(KILL);
    return this.conversation.close(KILL);
  }

  close(): Promise<void> {
    return this.conversation.close();
  }

  #tree(): Traces {
    return { ...this.#traces, roots: [this.conversation.process.pid] };
  }
}

/** How many agents are kept, of at most `limit`, and the memory that they take; null where that cannot be told. */
export async function keptFacts(agents: readonly StandingAgent[], limit: number): Promise<WarmFacts> {
  const all = await Promise.all(agents.map((agent) => agent.memoryMb()));
  const known = all.filter((mb) => mb !== null);
  const memory_mb = known.length < all.length ? null : known.reduce((sum, mb) => sum + mb, 0);
  return { count: all.length, memory_mb, limit };
}

interface AnswerSignals {
  stopped: AbortSignal;
  interrupted: AbortSignal;
}

function onAbort(signal: AbortSignal, act: () => void, over: AbortSignal): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true, signal: over });
}
