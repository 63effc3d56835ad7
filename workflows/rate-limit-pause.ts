/** Waiting for the end of the model's limit: the job gives its seat back, and goes on later. */
import { ActivityFailure, ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { RateLimit } from '../contract/workflow/steps.ts';
import { Pause } from './errors.ts';
import type { JobOnHost } from './job-context.ts';
import { leastPauseMs, MAX_PAUSES, UNKNOWN_LIMIT_MS } from './activity-options.ts';

interface Limit {
  message: string;
  /** Undefined where the provider does not say. */
  retryAfterMs: number | undefined;
}

/**
 * Gives the seat back where `thrown` says that the model does not answer for now, leaving everything in its place.
 * Answers what is to be thrown instead of it; undefined where the job ends: it has waited as long, or as often, as a
 * job may in all, its history is so long that Temporal would end it, or it works in a prepared worktree, which others
 * could take meanwhile.
 */
export async function pauseForLimit(on: JobOnHost, thrown: unknown): Promise<Pause | undefined> {
  const limit = limitOf(thrown);
  if (limit === undefined || waitsOnSeat(on)) return undefined;
  const { job, seat, at, steps } = on;
  const { count, ms } = job.done.waits;
  // What the provider says may be over by the time that it is read here: each wait is longer than the one before.
  const waitMs = Math.max(leastPauseMs(count), limit.retryAfterMs ?? UNKNOWN_LIMIT_MS);
  const waits = { count: count + 1, ms: ms + waitMs };
  const isTooLong = waits.ms > job.input.ttl_s * 1_000 || waits.count > MAX_PAUSES;
  if (isTooLong || workflowInfo().continueAsNewSuggested) return undefined;
  job.achieve({ waits });
  const until = new Date(Date.now() + waitMs).toISOString();
  job.progress.enter('waiting_for_model', { waiting_until: until });
  await steps.pauseJob({ ...at, attempt: seat.attempt, reason: limit.message, until });
  return new Pause(Date.parse(until));
}

/** Whether the job keeps its seat while it waits for the model's limit. */
export const waitsOnSeat = ({ at }: JobOnHost): boolean => at.worktree_id !== undefined;

/** What a step says of the model's limit; undefined where that is not why it failed. */
export function limitOf(thrown: unknown): Limit | undefined {
  const cause = thrown instanceof ActivityFailure ? thrown.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || cause.type !== 'rate_limited') return undefined;
  const { retry_after_ms } = (cause.details?.[0] ?? {}) as Partial<Record<keyof RateLimit, unknown>>;
  const retryAfterMs = typeof retry_after_ms === 'number' ? retry_after_ms : undefined;
  return { message: cause.message, retryAfterMs };
}
