const MAX_WAIT_MS = 3_600_000;
const MIN_WAIT_MS = 1_000;
/** What GitHub asks for where it names no time. */
const UNTOLD_WAIT_MS = 60_000;

/** How long an answer asks to wait (ms, at most an hour), or undefined where it is no rate limit. */
export function rateLimitMs(status: number, headers: Headers, reason: string): number | undefined {
  const spent = (headers.get('x-ratelimit-remaining') ?? headers.get('ratelimit-remaining')) === '0';
  const limited = spent || headers.has('retry-after') || /rate limit/i.test(reason);
  if (status !== 429 && !(status === 403 && limited)) return undefined;
  const reset = headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset');
  const wait =
    retryAfterMs(headers.get('retry-after')) ?? (spent ? untilMs(Number(reset ?? Number.NaN) * 1_000) : undefined);
  return Math.min(Math.max(wait ?? UNTOLD_WAIT_MS, MIN_WAIT_MS), MAX_WAIT_MS);
}

function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  return /^\d+$/.test(header) ? Number(header) * 1_000 : untilMs(Date.parse(header));
}

const untilMs = (time: number): number | undefined => (Number.isFinite(time) ? time - Date.now() : undefined);
