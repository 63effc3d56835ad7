import { defined } from '../../contract/shared/defined.ts';
import type { RunFailure, RunResult, Usage } from '../../contract/shared/events.ts';
import type { FailureType } from '../../contract/shared/failures.ts';
import { answered, isRefusedSession, sessionRefused, type ConversationState } from '../results.ts';
import type { ClaudeMessage } from './messages.ts';

const CREDENTIAL_REMEDY = 'set ANTHROPIC_API_KEY, or run `claude setup-token` and set CLAUDE_CODE_OAUTH_TOKEN';

/** What was seen before the result. */
export interface Circumstances extends ConversationState {
  /** Error of the last words. */
  lastError?: string | undefined;
  /** When the windows of the rate limit that refuse requests end (seconds since 1970). */
  resets: Map<string, number>;
}

/** What the CLI's `result` message says about the answer. `success` with `is_error` is a failure. */
export function fromResultMessage(message: ClaudeMessage, seen: Circumstances): RunResult {
  const usage = usageOf(message.usage);
  const cost_usd = costOf(message);
  const text = message.result ?? message.errors?.join('\n') ?? '';
  if (message.subtype === 'success' && message.is_error !== true)
    return { ...answered(message.session_id ?? '', text), usage, cost_usd, num_turns: message.num_turns ?? 0 };
  const said = text === '' ? `The agent ended with ${message.subtype ?? 'an error'}.` : text;
  const status = message.api_error_status ?? undefined;
  if (isRefusedSession(status, seen)) return { ...sessionRefused(said), usage, cost_usd };
  const code = codeOf(text, status, seen.lastError);
  if (code === 'agent_auth_failed') return { ...authFailed(said), usage, cost_usd };
  const retry_after_ms = code === 'rate_limited' ? waitOf(said, seen.resets) : undefined;
  const limit = code === 'agent_failed' ? limitOf(message, text) : undefined;
  return { status: 'failed', code, message: said, usage, cost_usd, ...defined({ retry_after_ms, limit }) };
}

/** The limit at which the CLI gave up, or that the model refuses. */
function limitOf({ subtype, stop_reason }: ClaudeMessage, text: string): RunFailure['limit'] {
  if (subtype === 'error_max_turns') return 'max_turns';
  if (subtype === 'error_max_budget_usd') return 'max_budget';
  if (stop_reason === 'refusal') return 'refusal';
  // Of this it says so in its words alone.
  return /exceeded the \d+ output token maximum/.test(text) ? 'max_tokens' : undefined;
}

/** The failure for a credential that the model provider refuses, with the remedy. */
export function authFailed(said: string): RunFailure {
  return {
    status: 'failed',
    code: 'agent_auth_failed',
    message: `The model provider refused the credential (${said}): ${CREDENTIAL_REMEDY}.`,
  };
}

/** The CLI calls an interrupted answer an error during execution. */
export function asInterrupted(result: RunResult, session_id: string): RunResult {
  if (result.status !== 'failed' || result.code !== 'agent_failed') return result;
  const { usage, cost_usd } = result;
  return usage === undefined || cost_usd === undefined
    ? result
    : { status: 'interrupted', session_id, usage, cost_usd };
}

function codeOf(text: string, status: number | undefined, error: string | undefined): FailureType {
  if (text.includes('No conversation found')) return 'session_not_found';
  if (status === 401 || status === 403 || error === 'authentication_failed') return 'agent_auth_failed';
  if (status === 429 || error === 'rate_limit') return 'rate_limited';
  if ((status !== undefined && status >= 500) || error === 'overloaded' || error === 'server_error')
    return 'model_unavailable';
  return 'agent_failed';
}

/**
 * How long to wait for the limit to reset, where the CLI says when that is (seconds since 1970, in a message or after a
 * bar in its words).
 */
function waitOf(said: string, resets: Circumstances['resets']): number | undefined {
  const at = resets.size > 0 ? Math.max(...resets.values()) : Number(/\|(\d{10})\b/.exec(said)?.[1]);
  return Number.isFinite(at) ? Math.max(0, at * 1000 - Date.now()) : undefined;
}

/** Tokens as the API of the model counts them. */
export function usageOf(usage: Record<string, unknown> = {}): Usage {
  const count = (name: string): number => (typeof usage[name] === 'number' ? usage[name] : 0);
  return {
    input_tokens: count('input_tokens'),
    output_tokens: count('output_tokens'),
    cache_read_tokens: count('cache_read_input_tokens'),
    cache_creation_tokens: count('cache_creation_input_tokens'),
  };
}

/** Cost of this answer; `total_cost_usd` may hold that of earlier answers of the process. */
function costOf(message: ClaudeMessage): number {
  const models = Object.values(message.model_usage_since_last_result ?? {});
  if (models.length === 0) return message.total_cost_usd ?? 0;
  return models.reduce((sum, model) => sum + (model.costUSD ?? 0), 0);
}
