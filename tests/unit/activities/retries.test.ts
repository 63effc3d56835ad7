import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, test } from '@jest/globals';
import { nextTry } from '../../../activities/retries.ts';

const retryPolicy = { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 60_000 };
const started = Date.parse('2026-11-01T12:00:00Z');
const failure = (type: string, more: object = {}): ApplicationFailure => ApplicationFailure.create({ type, ...more });

/** The tries that follow the first, while each fails at once. */
function triesOf(type: string, policy: object, scheduleToCloseTimeoutMs = 0) {
  const tries = [];
  let now = started;
  for (let attempt = 1; ; attempt++) {
    const info = { attempt, retryPolicy: { ...retryPolicy, ...policy }, scheduledTimestampMs: started };
    const next = nextTry(failure(type), { ...info, scheduleToCloseTimeoutMs }, now);
    if (next === undefined) return tries;
    now = Date.parse(next.next_at);
    tries.push({ ...next, next_at: (now - started) / 1_000 });
  }
}

describe('the next try of a step', () => {
  test('is told with those that are left, as often as the step is tried', () => {
    const tries = triesOf('remote_unavailable', { maximumAttempts: 4 });
    expect(tries).toEqual([
      { attempt: 2, tries_left: 3, next_at: 1, until: null },
      { attempt: 3, tries_left: 2, next_at: 3, until: null },
      { attempt: 4, tries_left: 1, next_at: 7, until: null },
    ]);
  });

  test('is told with the end of its time where only that ends the tries', () => {
    const tries = triesOf('remote_unavailable', {}, 100_000);
    expect(tries.map(({ next_at }) => next_at)).toEqual([1, 3, 7, 15, 31, 63]);
    expect(tries[0]).toMatchObject({ tries_left: null, until: '2026-11-01T12:01:40.000Z' });
  });

  test('comes for less than 30 s where a host has no name, unless there is work to deliver', () => {
    const tries = triesOf('host_not_found', { maximumAttempts: 10 });
    expect(tries.map(({ next_at, tries_left }) => [next_at, tries_left])).toEqual([
      [1, 4],
      [3, 3],
      [7, 2],
      [15, 1],
    ]);
    expect(triesOf('host_not_found', {}, 1_800_000).length).toBeGreaterThan(30);
  });

  test('comes for five minutes where a forge does not know of a push yet, or for as long as a delivery may take', () => {
    const lastOf = (limitMs: number): number => triesOf('forge_not_ready', {}, limitMs).at(-1)?.next_at ?? 0;
    expect(lastOf(7_200_000)).toBe(243);
    expect(lastOf(10_000)).toBe(7);
  });

  test('comes when the failure says, and not at all where it says that none can help', () => {
    const info = { attempt: 1, retryPolicy, scheduledTimestampMs: started, scheduleToCloseTimeoutMs: 0 };
    const limited = nextTry(failure('forge_rate_limited', { nextRetryDelay: 90_000 }), info, started);
    expect(limited?.next_at).toBe('2026-11-01T12:01:30.000Z');
    expect(nextTry(failure('repo_not_found', { nonRetryable: true }), info)).toBeUndefined();
    const named = { ...info, retryPolicy: { ...retryPolicy, nonRetryableErrorTypes: ['rate_limited'] } };
    expect(nextTry(failure('rate_limited'), named)).toBeUndefined();
  });
});
