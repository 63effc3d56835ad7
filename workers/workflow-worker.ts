import { Worker } from '@temporalio/worker';
import type { Registry } from 'prom-client';
import { JobMetrics } from '../telemetry/job-metrics.ts';
import type { JobSpans } from '../telemetry/traces/job-spans.ts';
import { RedisJobs } from '../events/redis-jobs.ts';
import type { Config } from '../config/index.ts';
import { workflowBundle } from './bundle-workflows.ts';
import { recordSinks } from './record-sinks.ts';
import { workflowOptions, type WorkerBase } from './worker-options.ts';
import { runAll, type RunningWorkers } from './running-workers.ts';

/**
 * Starts the worker that decides for jobs, plans and worktrees. It needs no disk and keeps no state. Resolves when it
 * polls.
 */
export async function startWorkflowWorker(
  base: WorkerBase,
  { config, metrics, spans }: { config: Config; metrics: Registry; spans: JobSpans | undefined },
): Promise<RunningWorkers> {
  const { redisUrl, redisKeyPrefix: prefix } = config;
  const jobs = redisUrl ? new RedisJobs({ url: redisUrl, prefix }) : undefined;
  const sinks = recordSinks({ jobs, metrics: new JobMetrics(metrics), spans });
  const options = { ...workflowOptions(base), sinks, workflowBundle: await workflowBundle() };
  const workers = runAll([await Worker.create(options)]);
  return {
    ...workers,
    async stop() {
      await workers.stop();
      await jobs?.close();
    },
  };
}
