import { expect, test } from '@jest/globals';
import { sumUp, type Lived } from '../../../api/stats/sum-up.ts';

const at = (second: number): string => new Date(second * 1_000).toISOString();
const lived = (fields: Partial<Lived> = {}): Lived => ({
  ...{ kind: 'job', profile: 'code', status: 'succeeded', code: null, attempt: 1, created_at: at(0) },
  ...{ started_at: at(1), ended_at: at(2), isRetry: false, hasPullRequest: false, verified: null },
  ...fields,
});

test('durations are from the first seat to the end, with the value that half and 95 of 100 do not exceed', () => {
  const all = Array.from({ length: 100 }, (_, i) => lived({ started_at: at(i), ended_at: at(i + i + 1) }));
  expect(sumUp(all).ended).toEqual({
    ...{ count: 100, succeeded: 100 },
    duration_s: { p50: 50, p95: 95, max: 100 },
    waited_s: { p50: 49, p95: 94, max: 99 },
  });
});

test('what has not ended is open alone, and what never began has no duration', () => {
  const { open, ended } = sumUp([
    lived({ ended_at: null }),
    lived({ status: 'cancelled', started_at: null }),
    // Clocks of two machines differ.
    lived({ started_at: at(9), ended_at: at(8) }),
  ]);
  expect([open, ended.count, ended.succeeded]).toEqual([1, 2, 1]);
  expect(ended.duration_s).toEqual({ p50: 0, p95: 0, max: 0 });
  expect(sumUp([]).ended.duration_s).toBeNull();
});

test('outcomes and profiles are counted, the most frequent first, and what went another way', () => {
  const sum = sumUp([
    lived({ profile: 'review', status: 'failed', code: 'verify_failed', verified: false }),
    lived({ hasPullRequest: true, verified: true }),
    lived({ attempt: 3, isRetry: true }),
    lived({ kind: 'run' }),
  ]);
  expect(sum.outcomes).toEqual([
    { kind: 'job', status: 'succeeded', code: null, count: 2 },
    { kind: 'job', status: 'failed', code: 'verify_failed', count: 1 },
    { kind: 'run', status: 'succeeded', code: null, count: 1 },
  ]);
  expect(sum.profiles.map(({ profile, count, succeeded }) => [profile, count, succeeded])).toEqual([
    ['code', 3, 3],
    ['review', 1, 0],
  ]);
  expect(sum).toMatchObject({
    retries: { lost_hosts: 1, retried_jobs: 1 },
    checks: { passed: 1, failed: 1 },
    pull_requests: 1,
  });
});
