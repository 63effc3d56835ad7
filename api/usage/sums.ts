import { countTokens } from '../../contract/workflow/cost.ts';
import type { UsageEntry, UsageGroup, UsageQuery, UsageTotals } from '../../contract/http/usage.ts';

/** Nothing used. */
const none = (): UsageTotals => ({
  ...{ count: 0, succeeded: 0, unpriced: 0, cost_usd: 0, num_turns: 0 },
  usage: countTokens(() => 0),
});

/** What all of them have used together. */
export function totalOf(parts: readonly UsageTotals[]): UsageTotals {
  const total = none();
  for (const part of parts) {
    for (const name of ['count', 'succeeded', 'unpriced', 'cost_usd', 'num_turns'] as const) total[name] += part[name];
    for (const name of Object.keys(total.usage) as (keyof UsageTotals['usage'])[])
      total.usage[name] += part.usage[name];
  }
  // Sums of binary fractions: PostgreSQL adds decimals.
  return { ...total, cost_usd: Math.round(total.cost_usd * 1e9) / 1e9 };
}

/** One that has ended, as a sum. */
export const alone = ({ status, cost_usd, num_turns, usage }: UsageEntry): UsageTotals => ({
  count: 1,
  succeeded: status === 'succeeded' ? 1 : 0,
  unpriced: cost_usd === null ? 1 : 0,
  cost_usd: cost_usd ?? 0,
  num_turns: num_turns ?? 0,
  usage: usage ?? none().usage,
});

/** Entries by what they are to be summed by. */
export function sumBy(group: UsageQuery['group'], entries: readonly UsageEntry[]): UsageGroup[] {
  const sums = new Map<string | null, UsageTotals[]>();
  for (const entry of entries) {
    const key = KEYS[group](entry);
    const sum = sums.get(key) ?? [];
    sums.set(key, sum);
    sum.push(alone(entry));
  }
  return [...sums].map(([key, parts]) => ({ key, ...totalOf(parts) }));
}

const KEYS: Readonly<Record<UsageQuery['group'], (entry: UsageEntry) => string | null>> = {
  profile: ({ profile }) => profile,
  repo: ({ repo_url }) => repo_url,
  key: ({ owner }) => owner,
  agent: ({ agent }) => agent,
  day: ({ ended_at }) => ended_at?.slice(0, 10) ?? null,
};

/** Groups in the order of an answer: days by date, others by cost. */
export const inOrder = (group: UsageQuery['group'], groups: readonly UsageGroup[]): UsageGroup[] =>
  [...groups].sort((one, other) => {
    const byKey = (one.key ?? '').localeCompare(other.key ?? '');
    return group === 'day' ? byKey : other.cost_usd - one.cost_usd || byKey;
  });
