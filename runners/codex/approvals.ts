import type { AgentEvent } from '../../contract/shared/events.ts';
import type { Decision } from '../agent.ts';
import type { ToolUse } from './events.ts';
import type { ServerMessage } from './protocol.ts';
import type { RpcClient } from './rpc.ts';

/** Words with which the model learns why: the CLI itself has none for it. */
const REFUSED = 'The tool call was refused, for this reason:';

interface Asked {
  request: string | number;
  answer: (allow: boolean) => object;
}

/** What the CLI asks before it lets the agent do something. */
export class CodexApprovals {
  readonly #rpc: RpcClient;
  readonly #policy: 'allow' | 'deny' | 'ask';
  readonly #asked = new Map<string, Asked>();

  constructor(rpc: RpcClient, policy: 'allow' | 'deny' | 'ask') {
    this.#rpc = rpc;
    this.#policy = policy;
  }

  get isEmpty(): boolean {
    return this.#asked.size === 0;
  }

  /** A request of the CLI; `call` is the tool call that it is about, where it is known. Others are refused. */
  take(message: ServerMessage, request: string | number, call: ToolUse | undefined): AgentEvent[] {
    const about = questionOf(message, call);
    if (about === undefined) {
      this.#rpc.refuse(request, 'agenticore does not answer this request');
      return [];
    }
    if (this.#policy !== 'ask') {
      this.#rpc.respond(request, about.answer(this.#policy === 'allow'));
      return [];
    }
    const id = `${about.tool_use_id}:${request}`;
    this.#asked.set(id, { request, answer: about.answer });
    return [{ type: 'approval_requested', id, tool_use_id: about.tool_use_id, name: about.name, input: about.input }];
  }

  /** Sends a decision; undefined where nobody waits for it. */
  decide(id: string, decision: Decision, turn: { threadId: string; turnId: string }): AgentEvent | undefined {
    const asked = this.#asked.get(id);
    if (asked === undefined) return undefined;
    this.#asked.delete(id);
    if (decision.allow) {
      this.#rpc.respond(asked.request, asked.answer(true));
      return { type: 'approval_resolved', id, decision: 'allowed' };
    }
    const input = [{ type: 'text', text: `${REFUSED} ${decision.reason}`, text_elements: [] }];
    // Said before the refusal, it reaches the model together with it.
    this.#rpc
      .call('turn/steer', { threadId: turn.threadId, expectedTurnId: turn.turnId, input })
      .catch(() => undefined);
    this.#rpc.respond(asked.request, asked.answer(false));
    return { type: 'approval_resolved', id, decision: 'denied', reason: decision.reason };
  }

  /** The CLI does not wait for `request` any more. */
  resolved(request: string | number): AgentEvent[] {
    const found = [...this.#asked].find(([, asked]) => asked.request === request);
    return found === undefined ? [] : this.#cancel(found[0]);
  }

  /** Nobody waits for anything any more. */
  cancelAll(): AgentEvent[] {
    return [...this.#asked.keys()].flatMap((id) => this.#cancel(id));
  }

  #cancel(id: string): AgentEvent[] {
    this.#asked.delete(id);
    return [{ type: 'approval_resolved', id, decision: 'cancelled' }];
  }
}

interface Question extends ToolUse {
  tool_use_id: string;
  answer: (allow: boolean) => object;
}

const decision = (allow: boolean): object => ({ decision: allow ? 'accept' : 'decline' });

function questionOf(message: ServerMessage, call: ToolUse | undefined): Question | undefined {
  switch (message.method) {
    case 'item/commandExecution/requestApproval':
    case 'item/fileChange/requestApproval': {
      const { itemId, reason } = message.params;
      const { name = 'exec_command', input = { reason } } = call ?? {};
      return { tool_use_id: itemId, name, input, answer: decision };
    }
    case 'mcpServer/elicitation/request': {
      const { serverName, message: said = '' } = message.params;
      const answer = (allow: boolean): object => ({ action: allow ? 'accept' : 'decline', content: null, _meta: null });
      return { tool_use_id: `mcp__${serverName}`, name: `mcp__${serverName}`, input: { description: said }, answer };
    }
    default:
      return undefined;
  }
}
