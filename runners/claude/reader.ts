import type { AgentEvent, RunResult } from '../../contract/shared/events.ts';
import type { AgentRun } from '../agent.ts';
import { goOnMessage } from './args.ts';
import { toEvents } from './events.ts';
import { parseMessage, type ClaudeMessage } from './messages.ts';
import { answered, authFailed, fromResultMessage } from './outcome.ts';
import { endedWith } from './sessions.ts';

/** What one line of output means. */
interface Reading {
  events: AgentEvent[];
  /** Set by the line that ends the answer. */
  result?: RunResult;
  /** What must be sent to the CLI for the answer to go on. */
  reply?: string;
}

export type Reader = (line: string) => Promise<Reading>;

/**
 * Reads the CLI's output line by line while it answers message `messageId`; lines that are not a message are passed
 * over.
 */
export function createReader(run: AgentRun, messageId: string): Reader {
  let lastError: string | undefined;
  let resetsAt: number | undefined;
  return async (line) => {
    const message = parseMessage(line);
    if (message === undefined) return { events: [] };
    if (message.type === 'assistant') lastError = message.error;
    if (message.type === 'rate_limit_event') resetsAt = message.rate_limit_info?.resetsAt ?? resetsAt;
    if (message.type === 'result') return { events: [], result: fromResultMessage(message, lastError, resetsAt) };
    if (isRefused(message)) return { events: [], result: authFailed(`${message.error} ${message.error_status}`) };
    if (isKnown(message, messageId)) return endOrGoOn(run);
    return { events: toEvents(message, run.resume) };
  };
}

/** The CLI tries a refused credential for minutes, and tells nobody. */
function isRefused(message: ClaudeMessage): boolean {
  return message.type === 'system' && message.subtype === 'api_retry' && message.error === 'authentication_failed';
}

/**
 * The CLI takes a message that an earlier process has seen for answered: there is no result, only this. After a result
 * nobody reads it.
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
