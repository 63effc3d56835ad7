/** What agents cost, and how it adds up. No zod here: workflows import this file. */
import type { Usage } from '../shared/events.ts';
import type { Spent } from './job-progress.ts';

export const NOTHING_SPENT: Spent = { usage: null, cost_usd: null };

/** What both cost. */
export const together = (one: Spent, other: Spent): Spent => combine(one, other, (a, b) => a + b);

/** Of two readings of one account the later, whichever that is: an account only grows. */
export const latest = (one: Spent, other: Spent): Spent => combine(one, other, Math.max);

/** `value` as what something cost; nothing where it is something else. */
export function readSpent(value: unknown): Spent {
  const { usage, cost_usd } = (value ?? {}) as Partial<Record<keyof Spent, unknown>>;
  return { usage: readUsage(usage), cost_usd: typeof cost_usd === 'number' ? cost_usd : null };
}

function readUsage(value: unknown): Usage | null {
  if (typeof value !== 'object' || value === null) return null;
  const counts = value as Partial<Record<keyof Usage, unknown>>;
  const count = (name: keyof Usage): number => (typeof counts[name] === 'number' ? counts[name] : 0);
  return countTokens(count);
}

/** Tokens of each kind, as `count` says. */
export const countTokens = (count: (name: keyof Usage) => number): Usage => ({
  input_tokens: count('input_tokens'),
  output_tokens: count('output_tokens'),
  cache_read_tokens: count('cache_read_tokens'),
  cache_creation_tokens: count('cache_creation_tokens'),
});

/** Null where nothing is known. */
const combine = (one: Spent, other: Spent, by: (a: number, b: number) => number): Spent => ({
  usage: both(one.usage, other.usage, (a, b) => countTokens((name) => by(a[name], b[name]))),
  cost_usd: both(one.cost_usd, other.cost_usd, by),
});

const both = <T>(a: T | null, b: T | null, by: (a: T, b: T) => T): T | null =>
  a === null || b === null ? (a ?? b) : by(a, b);
