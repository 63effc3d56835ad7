import type { Usage } from '../shared/events.ts';
import type { JobProgress, Spent } from './job-progress.ts';

/** What a job has cost so far: its agent, and the choice of its profile. Null where nothing is known. No zod here: workflows import this file. */
export const spentBy = ({ usage, cost_usd, choice }: JobProgress): Spent => together({ usage, cost_usd }, choice);

/** What both cost. */
export function together(one: Spent, other: Spent | undefined): Spent {
  return {
    usage: plus(one.usage, other?.usage ?? null, addUsage),
    cost_usd: plus(one.cost_usd, other?.cost_usd ?? null, (a, b) => a + b),
  };
}

const plus = <T>(a: T | null, b: T | null, add: (a: T, b: T) => T): T | null =>
  a === null || b === null ? (a ?? b) : add(a, b);

const addUsage = (a: Usage, b: Usage): Usage => ({
  input_tokens: a.input_tokens + b.input_tokens,
  output_tokens: a.output_tokens + b.output_tokens,
  cache_read_tokens: a.cache_read_tokens + b.cache_read_tokens,
  cache_creation_tokens: a.cache_creation_tokens + b.cache_creation_tokens,
});
