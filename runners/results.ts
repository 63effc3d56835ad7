import { MAX_OUTPUT } from '../contract/http/job-record.ts';
import type { RunFailure, RunSuccess, Usage } from '../contract/shared/events.ts';
import type { FailureType } from '../contract/shared/failures.ts';
import type { RunningProcess } from '../processes/spawn.ts';

/** Most characters of stderr in a failure. */
const MAX_STDERR = 1_500;

/** Statuses with which a model's API refuses what it is sent, today and tomorrow. */
const REFUSED_INPUT: ReadonlySet<number | undefined> = new Set([400, 413, 422]);

export const NO_USAGE: Usage = { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_creation_tokens: 0 };

export const failure = (code: FailureType, message: string): RunFailure => ({ status: 'failed', code, message });

/** The failure of a program that has ended without a result; `stderr` is what it said last. */
export function stopped({ code, signal }: Awaited<RunningProcess['exited']>, stderr: string): RunFailure {
  const words = stderr === '' ? '' : `: ${stderr.slice(-MAX_STDERR)}`;
  return failure('agent_stopped', `The agent ended without a result (${signal ?? `exit ${code}`})${words}`);
}

/** An answer that cost nothing here: its words alone. */
export const answered = (session_id: string, text: string): RunSuccess => ({
  status: 'succeeded',
  session_id,
  text: text.slice(0, MAX_OUTPUT),
  usage: NO_USAGE,
  cost_usd: 0,
  num_turns: 0,
});

/** What was seen of an answer before it failed. */
export interface ConversationState {
  /** The conversation began earlier. */
  goesOn: boolean;
  /** The model has said something in this answer. */
  hasSpoken: boolean;
}

/** A conversation that the API does not take can never go on: an agent that was killed may leave such a one. */
export const isRefusedSession = (status: number | undefined, { goesOn, hasSpoken }: ConversationState): boolean =>
  goesOn && !hasSpoken && REFUSED_INPUT.has(status);

export const sessionRefused = (said: string): RunFailure =>
  failure('session_not_found', `The model provider does not take the conversation of this session (${said}).`);
