import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { SdkMetrics } from '../../../telemetry/sdk-metrics.ts';

type Updates = ConstructorParameters<typeof SdkMetrics>[1];
type Update = ReturnType<Updates['retrieveUpdates']> extends Iterable<infer One> ? One : never;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** What Prometheus is told after the SDK has counted `updates`. */
async function told(...updates: Update[]): Promise<string[]> {
  const registry = new Registry();
  const sdk = new SdkMetrics(registry, { retrieveUpdates: () => updates.splice(0) });
  jest.runOnlyPendingTimers();
  sdk.close();
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const counter = (name: string): Update['metric'] => ({ name, kind: 'counter', description: 'what it is' });

test('a counter of the SDK ends in _total, and its increments add up', async () => {
  const attributes = { operation: 'PollActivityTaskQueue', namespace: 'default' };
  const update = { metric: counter('temporal_request'), value: 2, attributes };
  expect(await told(update, update)).toEqual(['temporal_request_total{operation="PollActivityTaskQueue"} 4']);
});

test('a time of the SDK ends in _seconds', async () => {
  const metric = { name: 'temporal_request_latency', kind: 'histogram', unit: 's' } as const;
  const lines = await told({ metric, value: 0.02, attributes: {} });
  expect(lines).toContain('temporal_request_latency_seconds_bucket{le="0.05"} 1');
  expect(lines).toContain('temporal_request_latency_seconds_bucket{le="0.01"} 0');
});

test.each([
  ['agenticore', 'agenticore'],
  ['seats', 'seats'],
  ['seats@8f14e45f', 'seats@disk'],
  ['files@8f14e45f', 'files@disk'],
  ['a-machine-1a2b3c4d', 'host'],
])('queue %s is told as %s: no label has an id', async (task_queue, label) => {
  const metric = { name: 'temporal_num_pollers', kind: 'gauge' } as const;
  expect(await told({ metric, value: 1, attributes: { task_queue } })).toEqual([
    `temporal_num_pollers{task_queue="${label}"} 1`,
  ]);
});
