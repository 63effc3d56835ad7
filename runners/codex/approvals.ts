import type { AgentEvent } from '../../contract/shared/events.ts';
import type { Decision } from '../agent.ts';
import { commandOf, type ToolUse } from './events.ts';
import type { ServerMessage } from './protocol.ts';
import type { RpcClient } from './rpc.ts';
import type { Ruling } from './tool-rules.ts';

/** Words with which the model learns why: the CLI itself has none for it. */
const REFUSED = 'The tool call was refused, for this reason:';

interface Asked {
  request: string | number;
  answer: (allow: boolean) => object;
}

/** The answer of the CLI under way. */
interface AskingTurn {
  threadId: string;
  turnId: string;
}

/** What the CLI asks before it lets the agent do something. */
export class CodexApprovals {
  readonly #rpc: RpcClient;
  readonly #rulingOn: (call: ToolUse) => Ruling;
  readonly #asked = new Map<string, Asked>();

  constructor(rpc: RpcClient, rulingOn: (call: ToolUse) => Ruling) {
    this.#rpc = rpc;
    this.#rulingOn = rulingOn;
  }

  get isEmpty(): boolean {
    return this.#asked.size === 0;
  }

  /** A request of the CLI; `calls` are the tool calls under way, by their ids. What is no tool call is refused. */
  take(
    message: ServerMessage,
    request: string | number,
    calls: ReadonlyMap<string, ToolUse>,
    turn: AskingTurn,
  ): AgentEvent[] {
    const about = questionOf(message, calls);
    if (about === undefined) {
      this.#rpc.refuse(request, 'agenticore does not answer this request');
      return [];
    }
    const { tool_use_id, name, input, answer } = about;
    const { verdict, rule = 'nobody is there who could allow it' } = this.#rulingOn({ name, input });
    if (verdict === 'allow') this.#rpc.respond(request, answer(true));
    if (verdict === 'deny') this.#refuse({ request, answer }, `by the profile: ${rule}`, turn);
    if (verdict !== 'ask') return [];
    const id = `${tool_use_id}:${request}`;
    this.#asked.set(id, { request, answer });
    return [{ type: 'approval_requested', id, tool_use_id, name, input }];
  }

  /** Sends a decision; undefined where nobody waits for it. */
  decide(id: string, decision: Decision, turn: AskingTurn): AgentEvent | undefined {
    const asked = this.#asked.get(id);
    if (asked === undefined) return undefined;
    this.#asked.delete(id);
    if (decision.allow) {
      this.#rpc.respond(asked.request, asked.answer(true));
      return { type: 'approval_resolved', id, decision: 'allowed' };
    }
    this.#refuse(asked, decision.reason, turn);
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

  #refuse({ request, answer }: Asked, reason: string, { threadId, turnId }: AskingTurn): void {
    const input = [{ type: 'text', text: `${REFUSED} ${reason}`, text_elements: [] }];
    // Said before the refusal, it reaches the model together with it.
    this.#rpc.call('turn/steer', { threadId, expectedTurnId: turnId, input }).catch(() => undefined);
    this.#rpc.respond(request, answer(false));
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

const action = (allow: boolean): object => ({ action: allow ? 'accept' : 'decline', content: null, _meta: null });

function questionOf(message: ServerMessage, calls: ReadonlyMap<string, ToolUse>): Question | undefined {
  switch (message.method) {
    case 'item/commandExecution/requestApproval': {
      const { itemId, command, cwd } = message.params;
      const call = calls.get(itemId) ?? commandOf({ command: command ?? '', cwd: cwd ?? '' });
      return { tool_use_id: itemId, ...call, answer: decision };
    }
    case 'item/fileChange/requestApproval': {
      const { itemId } = message.params;
      const call = calls.get(itemId) ?? { name: 'apply_patch', input: { changes: [] } };
      return { tool_use_id: itemId, ...call, answer: decision };
    }
    case 'mcpServer/elicitation/request':
      return questionOfServer(message.params, calls);
    default:
      return undefined;
  }
}

/** The CLI asks for the call of a server's tool as a server would ask its user. */
function questionOfServer(
  { serverName, _meta }: { serverName: string; _meta?: unknown },
  calls: ReadonlyMap<string, ToolUse>,
): Question | undefined {
  const { codex_approval_kind, tool_name, tool_params } = (_meta ?? {}) as Record<string, unknown>;
  if (codex_approval_kind !== 'mcp_tool_call' || typeof tool_name !== 'string') return undefined;
  const call = { name: `mcp__${serverName}__${tool_name}`, input: tool_params };
  const text = JSON.stringify(call);
  const found = [...calls].find(([, { name, input }]) => JSON.stringify({ name, input }) === text);
  return { tool_use_id: found?.[0] ?? call.name, ...call, answer: action };
}
