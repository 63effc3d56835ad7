import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import type { CommandCheck } from '../../../contract/workflow/checks.ts';
import type { JobProgress, JobStatus } from '../../../contract/workflow/job-progress.ts';
import type { RunProgress } from '../../../contract/workflow/run-state.ts';
import { JobMetrics } from '../../../telemetry/job-metrics.ts';

/** What a job, and a run, tells of itself one after the other, and what is counted of it. */
function counting() {
  const registry = new Registry();
  const metrics = new JobMetrics(registry);
  const before = { stage: 'queued', attempt: 0, waiting_until: null, checks: [], usage: null, cost_usd: null };
  let job = { ...before, error: null } as unknown as JobProgress;
  let run = {
    ...before,
    status: 'queued',
    error: null,
    spent: { usage: null, cost_usd: null },
  } as unknown as RunProgress;
  return {
    job(status: JobStatus, known: Partial<JobProgress>) {
      job = { ...job, ...known };
      metrics.job('a-job', 'job', { status, progress: job }, 'code');
    },
    run(known: Partial<RunProgress>) {
      run = { ...run, ...known };
      metrics.run('a-run', run, 'code');
    },
    async count(name: string, labels: Record<string, string>) {
      const told = await registry.getSingleMetric(name)?.get();
      return told?.values.find((each) => Object.entries(labels).every(([key, value]) => each.labels[key] === value))
        ?.value;
    },
  };
}

const check = (round: number, outcome: CommandCheck['outcome']): CommandCheck => ({
  ...{ phase: 'verify', command: 'npm test', round, outcome },
  ...{ exit_code: null, duration_ms: 1 },
});

test('a job that another host takes over counts as one takeover, and one that comes back from a pause does not', async () => {
  const told = counting();
  told.job('running', { attempt: 1, stage: 'running_agent' });
  told.job('running', { stage: 'waiting_for_model', waiting_until: '2026-01-01T00:00:00.000Z' });
  told.job('running', { attempt: 2, stage: 'running_agent', waiting_until: null });
  expect(await told.count('agenticore_takeovers_total', { kind: 'job' })).toBe(0);
  told.job('running', { attempt: 3, stage: 'updating_mirror' });
  expect(await told.count('agenticore_takeovers_total', { kind: 'job' })).toBe(1);
  expect(await told.count('agenticore_model_pauses_total', { kind: 'job' })).toBe(1);
});

test('a run that gave its seat back to wait for a decision is taken by another host without a takeover', async () => {
  const told = counting();
  told.run({ status: 'running', attempt: 1 });
  told.run({ status: 'waiting_approval' });
  told.run({ status: 'running', attempt: 2 });
  expect(await told.count('agenticore_takeovers_total', { kind: 'run' })).toBe(0);
  told.run({ attempt: 3 });
  expect(await told.count('agenticore_takeovers_total', { kind: 'run' })).toBe(1);
});

test.each([
  ['passed', [check(1, 'passed')]],
  ['mended', [check(1, 'failed'), check(1, 'skipped'), check(2, 'passed'), check(2, 'passed')]],
  ['failed', [check(1, 'failed'), check(2, 'passed'), check(2, 'timed_out')]],
])('work whose checks end so counts as %s', async (outcome, checks) => {
  const told = counting();
  told.job('running', { stage: 'verifying' });
  told.job('succeeded', { checks });
  expect(await told.count('agenticore_verified_total', { outcome })).toBe(1);
});

test('what has not ended costs nothing yet, and what it has cost is of its profile', async () => {
  const told = counting();
  const usage = { input_tokens: 3, output_tokens: 2, cache_read_tokens: 0, cache_creation_tokens: 0 };
  told.job('running', { stage: 'running_agent', usage, cost_usd: 0.5 });
  expect(await told.count('agenticore_agent_cost_dollars_total', { profile: 'code' })).toBe(0);
  told.job('failed', {});
  expect(await told.count('agenticore_agent_cost_dollars_total', { profile: 'code' })).toBe(0.5);
  expect(await told.count('agenticore_agent_tokens_total', { profile: 'code', type: 'input' })).toBe(3);
});
