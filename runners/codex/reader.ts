import type { AgentEvent } from '../../contract/shared/events.ts';
import type { Answer, Reading } from './answer.ts';
import type { CodexApprovals } from './approvals.ts';
import { callOf, type ToolUse } from './events.ts';
import type { Messages, ServerMessage } from './protocol.ts';
import type { Parts } from './turn-calls.ts';

const NOTHING: Reading = { events: [] };

/** Reads what the CLI says: of other threads and of earlier answers it means nothing. */
export class Reader {
  readonly #parts: Pick<Parts, 'rpc' | 'thread' | 'version' | 'run'>;
  readonly #approvals: CodexApprovals;
  /** Tool calls under way, by their ids: what asks for a decision does not repeat them. */
  readonly #calls = new Map<string, ToolUse>();
  /** The answer of which it was said that it has begun. */
  #begun: Answer | undefined;
  /** Tokens that the thread has cost. */
  #total = 0;

  constructor(parts: Parts, approvals: CodexApprovals) {
    this.#parts = parts;
    this.#approvals = approvals;
  }

  /** What a message means, while `answer` is under way. */
  read(message: ServerMessage, answer: Answer | undefined): Reading {
    const { rpc, thread } = this.#parts;
    if (message.method === 'mcpServer/startupStatus/updated') return { events: missingServer(message.params) };
    const isOurs = message.params.threadId === thread.id;
    if (message.id !== undefined && !isOurs) rpc.refuse(message.id, 'agenticore does not know this thread');
    if (!isOurs) return NOTHING;
    if (message.id !== undefined) {
      const turn = { threadId: thread.id, turnId: answer?.turnId ?? '' };
      return { events: this.#approvals.take(message, message.id, this.#calls, turn) };
    }
    if (message.method === 'serverRequest/resolved')
      return { events: this.#approvals.resolved(message.params.requestId) };
    if (message.method === 'thread/tokenUsage/updated' && !this.#isNews(message.params.tokenUsage.total))
      return NOTHING;
    const isOfAnswer = answer?.turnId !== undefined && answer.turnId === turnOf(message);
    return isOfAnswer ? this.#readOwn(message, answer) : NOTHING;
  }

  /** A thread that is resumed, or an answer that is interrupted, tells of the last call of the model again. */
  #isNews({ totalTokens }: { totalTokens: number }): boolean {
    const isNews = totalTokens !== this.#total;
    this.#total = totalTokens;
    return isNews;
  }

  #readOwn(message: ServerMessage, answer: Answer): Reading {
    if (message.method === 'item/started') {
      const call = callOf(message.params.item);
      if (call !== undefined) this.#calls.set(message.params.item.id, call);
    }
    if (message.method === 'item/completed') this.#calls.delete(message.params.item.id);
    const reading = answer.take(message);
    // The first item is the user's message; the CLI takes it when its servers have started.
    if (message.method !== 'item/started' || this.#begun === answer) return reading;
    this.#begun = answer;
    return { ...reading, events: [this.#started(), ...reading.events] };
  }

  #started(): AgentEvent {
    const { thread, version, run } = this.#parts;
    const { model, goesOn: resumed } = thread;
    // The CLI does not tell which tools it gives to its model.
    return { type: 'started', session_id: run.sessionId, model, resumed, tools: [], version };
  }
}

/** The answer that a message is about. */
function turnOf({ params }: ServerMessage): string | undefined {
  if ('turn' in params) return params.turn.id;
  return 'turnId' in params ? params.turnId : undefined;
}

/** The CLI goes on without a server that it cannot use. */
function missingServer({ name, status }: Messages['mcpServer/startupStatus/updated']): AgentEvent[] {
  if (status !== 'failed') return [];
  const message = `The MCP server ${name} did not start or answer, so the agent worked without its tools.`;
  return [{ type: 'warning', message }];
}
