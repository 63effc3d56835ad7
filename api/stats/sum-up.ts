import type { StatsReply } from '../../contract/http/stats.ts';
import type { PageOf } from '../http/typed-app.ts';

/** A job or a run as far as statistics ask. */
export interface Lived {
  kind: 'job' | 'run';
  profile: string;
  status: string;
  code: string | null;
  attempt: number;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  isRetry: boolean;
  hasPullRequest: boolean;
  /** Whether the last `verify` passed; null where none ran. */
  verified: boolean | null;
}

type Counted = Omit<PageOf<typeof StatsReply>, 'since' | 'until' | 'complete'>;
type Spread = Counted['ended']['duration_s'];

/** What happened, as numbers. */
export function sumUp(all: readonly Lived[]): Counted {
  const ended = all.filter(({ ended_at }) => ended_at !== null);
  const profiles = [...new Set(ended.map(({ profile }) => profile))];
  const number = (holds: (each: Lived) => boolean): number => all.filter(holds).length;
  return {
    open: all.length - ended.length,
    ended: outcomesOf(ended),
    outcomes: countOutcomes(ended),
    profiles: profiles
      .map((profile) => ({ profile, ...outcomesOf(ended.filter((each) => each.profile === profile)) }))
      .sort((a, b) => b.count - a.count),
    retries: { lost_hosts: number(({ attempt }) => attempt > 1), retried_jobs: number(({ isRetry }) => isRetry) },
    checks: {
      passed: number(({ verified }) => verified === true),
      failed: number(({ verified }) => verified === false),
    },
    pull_requests: number(({ hasPullRequest }) => hasPullRequest),
  };
}

const outcomesOf = (ended: readonly Lived[]): Counted['ended'] => ({
  count: ended.length,
  succeeded: ended.filter(({ status }) => status === 'succeeded').length,
  duration_s: spreadOf(ended, ({ started_at, ended_at }) => seconds(started_at, ended_at)),
  waited_s: spreadOf(ended, ({ created_at, started_at }) => seconds(created_at, started_at)),
});

function countOutcomes(ended: readonly Lived[]): Counted['outcomes'] {
  const counts = new Map<string, Counted['outcomes'][number]>();
  for (const { kind, status, code } of ended) {
    const key = `${kind} ${status} ${code}`;
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { kind, status, code, count: 1 });
    else known.count += 1;
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}

const seconds = (from: string | null, to: string | null): number | null =>
  from === null || to === null ? null : Math.max(0, Date.parse(to) - Date.parse(from)) / 1_000;

function spreadOf(all: readonly Lived[], of: (each: Lived) => number | null): Spread {
  const sorted = all.flatMap((each) => of(each) ?? []).sort((a, b) => a - b);
  const max = sorted.at(-1);
  if (max === undefined) return null;
  /** The smallest value that this part of all values does not exceed. */
  const at = (part: number): number => sorted[Math.ceil(part * sorted.length) - 1] ?? max;
  return { p50: at(0.5), p95: at(0.95), max };
}
