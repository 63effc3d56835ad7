import { leastPauseMs, MAX_PAUSES, UNKNOWN_LIMIT_MS } from '../activity-options.ts';
import { Pause } from '../errors.ts';
import { limitOf } from '../rate-limit-pause.ts';
import type { RunOnHost } from './run-place.ts';

/**
 * What is thrown in place of `thrown` where the model does not answer for now: the run goes on when that is over.
 * Undefined where the run ends: it has waited as long, or as often, as a run may in all, or as its session says.
 */
export function pauseRun({ run, input }: RunOnHost, thrown: unknown): Pause | undefined {
  const limit = limitOf(thrown);
  if (limit === undefined || input.spec.model_wait_s !== undefined) return undefined;
  const { count, ms } = run.waits;
  const waitMs = Math.max(leastPauseMs(count), limit.retryAfterMs ?? UNKNOWN_LIMIT_MS);
  if (ms + waitMs > input.ttl_s * 1_000 || count >= MAX_PAUSES) return undefined;
  const until = Date.now() + waitMs;
  run.wait(until, waitMs);
  return new Pause(until);
}
