import type { AgentEvent } from '../../contract/shared/events.ts';
import { toEvents } from './events.ts';
import { goOnMessage } from './args.ts';
import { parseMessage, type ClaudeMessage } from './messages.ts';
import { authFailed, fromResultMessage, turnOf, type Outcome } from './outcome.ts';
import { endedWith } from './transcript.ts';
import type { AgentRun } from '../runner.ts';

/** What one line of output came to. */
export interface Reading {
  events: AgentEvent[];
  /** Set by the line that ends the turn. */
  outcome?: Outcome;
  /** What must be said to the CLI for the turn to go on. */
  reply?: string;
}

/** Reads the output of one run of the CLI, line by line; lines that are no message are passed over. */
export function createReader(run: AgentRun): (line: string) => Promise<Reading> {
  let lastError: string | undefined;
  let resetsAt: number | undefined;
  return async (line) => {
    const message = parseMessage(line);
    if (message === undefined) return { events: [] };
    if (message.type === 'assistant') lastError = message.error;
    if (message.type === 'rate_limit_event') resetsAt = message.rate_limit_info?.resetsAt ?? resetsAt;
    if (message.type === 'result') return { events: [], outcome: fromResultMessage(message, lastError, resetsAt) };
    if (isRefused(message)) return { events: [], outcome: authFailed(`${message.error} ${message.error_status}`) };
    if (isKnown(message, run)) return endOrGoOn(run);
    return { events: toEvents(message, run.resume) };
  };
}

/** The CLI tries a refused credential for minutes, without a word to anybody. */
function isRefused(message: ClaudeMessage): boolean {
  return message.type === 'system' && message.subtype === 'api_retry' && message.error === 'authentication_failed';
}

/** The CLI takes a message it has seen in an earlier run for answered: there is no result, only this. After a result nobody reads it. */
function isKnown(message: ClaudeMessage, run: AgentRun): boolean {
  return (
    message.type === 'command_lifecycle' && message.state === 'completed' && message.command_uuid === run.message_uuid
  );
}

/** Whether it was answered, or the run died while it worked on the answer, only the transcript tells. */
async function endOrGoOn(run: AgentRun): Promise<Reading> {
  const words = await endedWith(run.config_dir, run.session_id);
  if (words !== undefined) return { events: [], outcome: { type: 'done', turn: turnOf(run.session_id, words) } };
  const reason = 'An earlier run stopped in the middle of this turn; the turn continues.';
  return { events: [{ type: 'restarted', reason }], reply: goOnMessage() };
}
