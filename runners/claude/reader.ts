import type { AgentEvent, RunResult } from '../../contract/shared/events.ts';
import type { AgentRun } from '../agent.ts';
import { answered } from '../results.ts';
import { goOnMessage } from './args.ts';
import { toEvents } from './events.ts';
import type { ClaudeMessage } from './messages.ts';
import { authFailed, fromResultMessage, usageOf, type Circumstances } from './outcome.ts';
import { endedWith } from './sessions.ts';

/** What the output of the CLI means. */
export interface Reading {
  events: AgentEvent[];
  /** Set where the CLI has ended its answer. */
  result?: RunResult;
  /** What must be sent to the CLI for the answer to go on. */
  reply?: string;
}

export type Reader = (message: ClaudeMessage) => Promise<Reading>;

/** Reads the CLI's output while it answers message `messageId`. */
export function createReader(run: AgentRun, messageId: string): Reader {
  const seen: Circumstances = { goesOn: run.resume || run.forkOf !== undefined, hasSpoken: false, resets: new Map() };
  let hasStarted = false;
  let hasResult = false;
  const calls = new ModelCalls();
  return async (message) => {
    if (message.type === 'assistant') noteWords(message, seen);
    if (message.type === 'rate_limit_event') noteLimit(message, seen);
    if (message.type === 'result') {
      hasResult = true;
      return { events: [], result: fromResultMessage(message, seen) };
    }
    if (isRefused(message)) return { events: [], result: authFailed(`${message.error} ${message.error_status}`) };
    if (!hasResult && isKnown(message, messageId)) return endOrGoOn(run);
    // A turn that the CLI begins by itself starts no new run.
    if (message.subtype === 'init' && hasStarted) return { events: [] };
    hasStarted ||= message.subtype === 'init';
    return { events: [...toEvents(message, run.resume), ...calls.take(message)] };
  };
}

/** The calls of the main agent's model: those of a subagent are not in what the CLI says of the answer. */
class ModelCalls {
  #begun: Record<string, unknown> = {};

  take({ type, event, parent_tool_use_id }: ClaudeMessage): AgentEvent[] {
    if (type !== 'stream_event' || parent_tool_use_id != null) return [];
    if (event?.type === 'message_start') this.#begun = event.message?.usage ?? {};
    if (event?.type !== 'message_delta' || event.usage === undefined) return [];
    return [{ type: 'model_call', usage: usageOf({ ...this.#begun, ...event.usage }), cost_usd: null }];
  }
}

function noteWords({ error, message }: ClaudeMessage, seen: Circumstances): void {
  seen.lastError = error;
  seen.hasSpoken ||= message?.model !== '<synthetic>';
}

/** Only a window that refuses requests says when they are taken again. */
function noteLimit({ rate_limit_info: info }: ClaudeMessage, { resets }: Circumstances): void {
  const window = info?.rateLimitType ?? '';
  if (info?.status === 'rejected' && info.resetsAt !== undefined) resets.set(window, info.resetsAt);
  else resets.delete(window);
}

/** The CLI tries a refused credential for minutes, and tells nobody. */
function isRefused(message: ClaudeMessage): boolean {
  return message.type === 'system' && message.subtype === 'api_retry' && message.error === 'authentication_failed';
}

/**
 * The CLI takes a message that an earlier process has seen for answered: there is no result, only this. After a result
 * it says nothing new.
 */
function isKnown(message: ClaudeMessage, messageId: string): boolean {
  return message.type === 'command_lifecycle' && message.state === 'completed' && message.command_uuid === messageId;
}

/** Only the transcript tells whether it was answered, or the agent died while it worked on the answer. */
async function endOrGoOn({ configDir, sessionId }: AgentRun): Promise<Reading> {
  const words = await endedWith(configDir, sessionId);
  if (words !== undefined) return { events: [], result: answered(sessionId, words) };
  return { events: [], reply: goOnMessage() };
}
