import { Counter, Histogram, type Registry } from 'prom-client';
import type { Spent } from '../contract/workflow/job-progress.ts';
import { hasEnded, type JobNow } from '../contract/workflow/record-sink.ts';
import type { RunProgress } from '../contract/workflow/run-state.ts';

/** Seconds of a stage: from what git needs to what a long task takes. */
const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600];

/** What was last heard of a job that runs. */
interface Heard {
  stage: string;
  /** When it came to the stage (milliseconds of this process). */
  since: number;
  /** The try of its step that comes. */
  retry: number;
}

/**
 * Counts what the workflows that are decided in this process tell of jobs and runs. What one has cost is counted once,
 * at its end; the time of a stage only where its begin was seen here.
 */
export class JobMetrics {
  readonly #running = new Map<string, Heard>();
  readonly #metrics: ReturnType<typeof metricsIn>;

  constructor(registry: Registry) {
    this.#metrics = metricsIn(registry);
  }

  job(id: string, kind: 'job' | 'plan', { status, progress }: JobNow): void {
    const { stage, retrying, error, usage, cost_usd } = progress;
    const before = this.#running.get(id);
    const now = performance.now();
    if (before !== undefined && (before.stage !== stage || hasEnded(status)))
      this.#metrics.stages.observe({ stage: before.stage }, (now - before.since) / 1_000);
    if (retrying && retrying.attempt !== before?.retry)
      this.#metrics.retries.inc({ stage: retrying.stage, code: retrying.code });
    const since = before?.stage === stage ? before.since : now;
    this.#running.set(id, { stage, since, retry: retrying?.attempt ?? 0 });
    if (!hasEnded(status)) return;
    this.#running.delete(id);
    this.#end(kind, { status, code: error?.code ?? '', spent: { usage, cost_usd } });
  }

  run({ status, error, spent }: RunProgress): void {
    if (hasEnded(status)) this.#end('run', { status, code: error?.code ?? '', spent });
  }

  #end(kind: string, { status, code, spent }: { status: string; code: string; spent: Spent }): void {
    const { ended, tokens, cost } = this.#metrics;
    ended.inc({ kind, status, code });
    for (const [type, count] of Object.entries<number>({ ...spent.usage }))
      tokens.inc({ type: type.replace('_tokens', '') }, count);
    cost.inc(spent.cost_usd ?? 0);
  }
}

const metricsIn = (registry: Registry) => ({
  ended: new Counter({
    name: 'agenticore_ended_total',
    help: 'Jobs, plans and runs of sessions that have ended, with the code of their failure.',
    labelNames: ['kind', 'status', 'code'],
    registers: [registry],
  }),
  stages: new Histogram({
    name: 'agenticore_job_stage_seconds',
    help: 'How long jobs were in a stage.',
    labelNames: ['stage'],
    buckets: SECONDS,
    registers: [registry],
  }),
  retries: new Counter({
    name: 'agenticore_step_retries_total',
    help: 'Steps of jobs that were tried again, with the code of what went wrong.',
    labelNames: ['stage', 'code'],
    registers: [registry],
  }),
  tokens: new Counter({
    name: 'agenticore_agent_tokens_total',
    help: 'Tokens of the agents of ended jobs and runs.',
    labelNames: ['type'],
    registers: [registry],
  }),
  cost: new Counter({
    name: 'agenticore_agent_cost_dollars_total',
    help: 'What the agents of ended jobs and runs have cost, as their CLIs say.',
    registers: [registry],
  }),
});
