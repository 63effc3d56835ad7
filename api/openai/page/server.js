/** What the page asks of its server, and what it says when that fails. */

const KEY = 'agenticore.key';

/** The key that was given: for this tab, or for good. */
export const keys = {
  get: () => sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY) ?? '',
  /** @param {string} key @param {boolean} remember */
  set(key, remember) {
    keys.forget();
    (remember ? localStorage : sessionStorage).setItem(KEY, key);
  },
  forget() {
    sessionStorage.removeItem(KEY);
    localStorage.removeItem(KEY);
  },
};

/** An answer that is none: what happened and what to do next, for a person. */
export class ServerError extends Error {
  /** @param {string} sentence @param {{ status?: number, code?: string, retryAfter?: number }} [more] */
  constructor(sentence, { status = 0, code = '', retryAfter } = {}) {
    super(sentence);
    this.status = status;
    this.code = code;
    /** Seconds after which the same may be asked again; undefined where that is of no use. */
    this.retryAfter = retryAfter;
  }
}

/** What a person does about an error, by its code. @type {Readonly<Record<string, string>>} */
const NEXT = {
  invalid_api_key: 'Give another key.',
  unauthorized: 'Give another key.',
  insufficient_scope: 'Use a key instead of this token.',
  model_not_found: 'Choose another agent above.',
  conversation_busy: 'Wait for its answer, or stop it.',
  agent_auth_failed: "Whoever runs the server must set the key of the agent's model.",
  agent_missing: "Whoever runs the server must install the agent's program: `agenticore doctor` tells how.",
  model_overloaded: 'Try again in a minute.',
  rate_limited: 'Try again later.',
  rate_limit_exceeded: 'Try again in a minute.',
  at_capacity: 'Try again in a minute.',
  context_too_long: 'Begin a new chat.',
  timeout: 'Ask for less at once, or raise AGENT_MODE_TIMEOUT.',
};

/**
 * A call of the API, by a path relative to the page's.
 * @param {string} path
 * @param {RequestInit & { headers?: Record<string, string> }} [init]
 * @returns {Promise<Response>} Only one that is ok; else throws a ServerError.
 */
export async function ask(path, init = {}) {
  const key = keys.get();
  const headers = { ...(key && { authorization: `Bearer ${key}` }), ...init.headers };
  const response = await fetch(path, { ...init, headers }).catch((error) => {
    if (init.signal?.aborted) throw error;
    throw new ServerError('The server does not answer: check that it runs, and the network.', { retryAfter: 1 });
  });
  if (response.ok) return response;
  throw await refusal(response);
}

/** @param {Response} response */
async function refusal(response) {
  const { status } = response;
  const body = await response.json().catch(() => ({}));
  const { message, code = '' } = typeof body.error === 'object' ? body.error : { message: body.error, code: body.code };
  const said = message ?? `The server answered ${status} ${response.statusText}`;
  const wait = Number(response.headers.get('retry-after')) || 2;
  const passes = status === 502 || status === 503 || status === 504 || status === 429;
  const retryAfter = passes && response.headers.get('x-should-retry') !== 'false' ? wait : undefined;
  return new ServerError(sentence(said, code, body.next_step), { status, code, ...(retryAfter && { retryAfter }) });
}

/**
 * What happened and what to do next. The next step of the server, where it gives one, is the better one.
 * @param {string} message
 * @param {string} code
 * @param {string} [next]
 */
export function sentence(message, code, next = NEXT[code] ?? 'Try again.') {
  const said = message.trim().replace(/[.:\s]+$/, '');
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}. ${next}`;
}
