import { defined } from '../../contract/shared/defined.ts';
import type { RunFailure } from '../../contract/shared/events.ts';
import type { FailureType } from '../../contract/shared/failures.ts';
import { failure, isRefusedSession, sessionRefused, type ConversationState } from '../results.ts';
import type { ProviderRefusal } from './gateway.ts';
import type { CodexErrorInfo, TurnError } from './protocol.ts';

/** What was seen of the answer when it failed. */
export interface Circumstances extends ConversationState {
  /** What the provider said last to the gateway. */
  refusal: ProviderRefusal | undefined;
}

/** Kinds of errors that the CLI names by a word. */
const BY_NAME: Readonly<Record<string, FailureType>> = {
  unauthorized: 'agent_auth_failed',
  usageLimitExceeded: 'rate_limited',
  rateLimitExceeded: 'rate_limited',
  flexUnavailable: 'model_unavailable',
  internalServerError: 'model_unavailable',
  policyCapacityUnavailable: 'model_unavailable',
  serverOverloaded: 'model_unavailable',
};

/** Why a turn failed, in our terms. */
export function turnFailure(error: TurnError | null, seen: Circumstances): RunFailure {
  const said = error?.message ?? 'The agent gave no reason.';
  const status = statusOf(error?.codexErrorInfo) ?? seen.refusal?.status;
  if (isRefusedSession(status, seen)) return sessionRefused(said);
  const code = codeOf(error, status);
  if (code === 'agent_auth_failed') return authFailed(said);
  const retry_after_ms = code === 'rate_limited' ? seen.refusal?.retryAfterMs : undefined;
  return { ...failure(code, said), ...defined({ retry_after_ms }) };
}

/** The failure for a credential that the provider refuses, with the remedy. */
const authFailed = (said: string): RunFailure =>
  failure(
    'agent_auth_failed',
    `The model provider refused the credential (${said}): set OPENAI_API_KEY to a valid key.`,
  );

function codeOf(error: TurnError | null, status: number | undefined): FailureType {
  const info = error?.codexErrorInfo;
  const named = typeof info === 'string' && Object.hasOwn(BY_NAME, info) ? BY_NAME[info] : undefined;
  if (named !== undefined) return named;
  if (status === 401 || status === 403) return 'agent_auth_failed';
  if (status === 429) return 'rate_limited';
  if (status !== undefined && status >= 500) return 'model_unavailable';
  return isConnection(info) || /stream (?:disconnected|closed)|idle timeout/.test(error?.message ?? '')
    ? 'model_unavailable'
    : 'agent_failed';
}

/** Such as `{ httpConnectionFailed: { httpStatusCode: 401 } }`. */
function statusOf(info: CodexErrorInfo | null | undefined): number | undefined {
  if (typeof info !== 'object' || info === null) return undefined;
  const [facts] = Object.values(info) as ({ httpStatusCode?: unknown } | null)[];
  return typeof facts?.httpStatusCode === 'number' ? facts.httpStatusCode : undefined;
}

const isConnection = (info: CodexErrorInfo | null | undefined): boolean =>
  typeof info === 'object' && info !== null && /Connection|Disconnected|FailedAttempts/.test(Object.keys(info).join());
