import { defined } from '../contract/shared/defined.ts';
import { Failure, type FailureType } from '../contract/shared/failures.ts';
import { redact } from '../contract/shared/redact.ts';
import { timeLimit } from '../contract/shared/timeout-signal.ts';
import { inSpan } from '../telemetry/in-span.ts';
import { rateLimitMs } from './rate-limit.ts';
import type { proxiedFetch } from './through-proxy.ts';

/** What the calls of one task to a forge have in common. */
export interface ForgeScope {
  /** As people call it: "GitHub". */
  forge: string;
  /** The only origin that is spoken to. */
  origin: string;
  /** What is attempted, for the error: "open the pull request". */
  action: string;
  /** Type of the failure where the forge refuses the content of the request. */
  rejected: FailureType;
  signal: AbortSignal | undefined;
}

/** Of a forge that may be below a path of its host. */
export interface RootedScope extends ForgeScope {
  /** The origin, with that path. */
  root: string;
}

export type ForgeFetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** The forge answered with an error. */
export class Refusal extends Failure {
  readonly status: number;
  /** The forge's own words. */
  readonly reason: string;

  constructor(type: FailureType, message: string, answer: { status: number; reason: string; retryAfterMs?: number }) {
    super(type, message, answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs });
    this.status = answer.status;
    this.reason = answer.reason;
  }
}

/** Longest that one call may take, its answer included (ms). */
const CALL_LIMIT_MS = 30_000;
const MAX_SAID = 600;

/** Loaded by the first call: its library is as large as half of the rest, and many a process calls no forge. */
let fetch: ReturnType<typeof proxiedFetch> | undefined;

/**
 * `fetch` for one forge: resolves with a successful answer, whole; rejects with a Refusal for any other, with a Failure
 * where there is none, and with the signal's reason when that aborts. Follows no redirect: a token is for one host.
 */
export const forgeFetch =
  (scope: ForgeScope): ForgeFetch =>
  (url, init = {}) => {
    const { method = 'GET' } = init;
    const attributes = { 'http.request.method': method, 'server.address': new URL(scope.origin).host };
    return inSpan(`${scope.forge} ${method}`, attributes, () => call(scope, url, init));
  };

async function call(scope: ForgeScope, url: string | URL, init: RequestInit): Promise<Response> {
  const to = new URL(url);
  if (to.origin !== scope.origin) throw failed(scope, 'internal', `${to.origin} is not the address of its API.`);
  const headers = headersOf(init, scope);
  const { method = 'GET', body } = init;
  const sent = { method, headers: [...headers], ...(typeof body === 'string' && { body }) };
  const limit = timeLimit(CALL_LIMIT_MS);
  const signal = scope.signal === undefined ? limit : AbortSignal.any([scope.signal, limit]);
  let answer: Response;
  let text: string;
  fetch ??= (await import('./through-proxy.ts')).proxiedFetch();
  try {
    const raw = await fetch(to, { ...sent, signal, redirect: 'manual' });
    text = await raw.text();
    answer = new Response(text === '' ? null : text, { status: raw.status, headers: [...raw.headers] });
  } catch (error) {
    scope.signal?.throwIfAborted();
    throw limit.aborted ? failed(scope, 'forge_unavailable', 'It did not answer in 30 s.') : unreachable(scope, error);
  }
  if (!answer.ok) throw refusal(answer, text, scope, headers.get('authorization'));
  return answer;
}

/** Whether `error` is the forge's answer with one of these statuses. */
export const isRefusal = (error: unknown, ...statuses: number[]): error is Refusal =>
  error instanceof Refusal && statuses.includes(error.status);

/** The Failure of the scope's task. */
export const failed = ({ forge, origin, action }: ForgeScope, type: FailureType, why: string): Failure =>
  new Failure(type, `Could not ${action} on ${forge} (${new URL(origin).host}). ${why}`);

// The platform's own error would quote the header, and with it the token.
function headersOf(init: RequestInit, scope: ForgeScope): Headers {
  try {
    return new Headers(init.headers);
  } catch {
    throw failed(
      scope,
      'forge_auth_failed',
      'The token contains characters that a token cannot have; set it again without line breaks.',
    );
  }
}

function unreachable(scope: ForgeScope, error: unknown): Failure {
  const cause = error instanceof Error ? error.cause : undefined;
  const { code = '', hostname } = Object(cause) as { code?: unknown; hostname?: unknown };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return failed(scope, 'host_not_found', `The name ${String(hostname)} cannot be resolved (${code}).`);
  return failed(scope, 'forge_unavailable', `It cannot be reached${code === '' ? '' : ` (${String(code)})`}.`);
}

function refusal(answer: Response, text: string, scope: ForgeScope, authorization: string | null): Refusal {
  const { status, headers } = answer;
  const token = authorization?.replace(/^\S+ /, '') ?? '';
  const reason = redact(spoken(text), [token]).slice(0, MAX_SAID);
  const retryAfterMs = rateLimitMs(status, headers, reason);
  const type = typeOf(status, retryAfterMs !== undefined, scope.rejected);
  const { message } = failed(scope, type, `It answered ${status}${reason === '' ? '.' : `: ${reason}`}${hint(status)}`);
  return new Refusal(type, message, { status, reason, ...defined({ retryAfterMs }) });
}

function typeOf(status: number, limited: boolean, rejected: FailureType): FailureType {
  if (limited) return 'forge_rate_limited';
  if (status >= 500 || status === 408) return 'forge_unavailable';
  if (status >= 300 && status < 400) return 'repo_not_found';
  return status === 401 || status === 403 || status === 404 ? 'forge_auth_failed' : rejected;
}

function hint(status: number): string {
  if (status === 404) return ' It does not exist, or the token may not see it.';
  return status >= 300 && status < 400 ? ' The repository has moved; use its new address.' : '';
}

/** The message of an error answer, in one line without control characters; empty for an HTML page. */
function spoken(text: string): string {
  const message = ((): string => {
    try {
      const { message, error, errors } = Object(JSON.parse(text)) as Record<string, unknown>;
      return [message ?? error, errors].filter(Boolean).map(plain).join(': ');
    } catch {
      return text.trimStart().startsWith('<') ? '' : text;
    }
  })();
  return message.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
