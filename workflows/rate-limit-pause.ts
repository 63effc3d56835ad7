/** Waiting for the end of the model's limit: the job gives its seat back, and goes on later. */
import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { LimitedTurn } from '../contract/workflow/steps.ts';
import { together } from '../contract/workflow/cost.ts';
import type { HostRun } from './job-context.ts';
import { Pause } from './pause.ts';
import { UNKNOWN_LIMIT_MS } from './activity-options.ts';

/** Shortest wait (milliseconds): the clocks of provider and worker may differ. */
const LEAST_MS = 1_000;

interface Limit extends LimitedTurn {
  message: string;
  waitMs: number;
}

/**
 * Gives the seat back where `thrown` says that the model does not answer for now, leaving everything in its place. Answers
 * what is to be thrown instead of it; undefined where the job shall end: it waited as long as a job may wait in all, or
 * works in a prepared worktree, which others could take meanwhile.
 */
export async function pauseForLimit(run: HostRun, thrown: unknown): Promise<Pause | undefined> {
  const limit = limitOf(thrown);
  if (limit === undefined || waitsOnSeat(run)) return undefined;
  const { work, progress, seat, steps, at, input } = run;
  work.waitedMs += limit.waitMs;
  if (work.waitedMs > input.ttl_s * 1_000) return undefined;
  work.spent = together(limit, work.spent);
  const until = new Date(Date.now() + limit.waitMs).toISOString();
  progress.enter('waiting_for_model', { ...work.spent, waiting_until: until });
  const { seq } = await steps.pauseJob({ ...at, attempt: seat.attempt, reason: limit.message, until });
  return new Pause(Date.parse(until), seq);
}

/** Whether the job keeps its seat while it waits for the model's limit. */
export const waitsOnSeat = ({ at }: HostRun): boolean => at.worktree_id !== undefined;

function limitOf(thrown: unknown): Limit | undefined {
  const cause = thrown instanceof ActivityFailure ? thrown.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || cause.type !== 'rate_limited') return undefined;
  const { usage = null, cost_usd = null, resets_at } = (cause.details?.[0] ?? {}) as Partial<LimitedTurn>;
  const waitMs = resets_at === undefined ? UNKNOWN_LIMIT_MS : Math.max(LEAST_MS, Date.parse(resets_at) - Date.now());
  return { usage, cost_usd, message: cause.message, waitMs };
}
