import { Counter, Histogram, type Registry } from 'prom-client';
import { FAILURES } from '../contract/shared/failures.ts';

export const KINDS = ['job', 'plan', 'run'] as const;
export const VERDICTS = ['passed', 'mended', 'failed'] as const;
export const TOKENS = ['input', 'output', 'cache_read', 'cache_creation'] as const;

/** Seconds of a stage: from what git needs to what a long task takes. */
const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600];

export type JobSeries = ReturnType<typeof seriesIn>;

/**
 * What is counted of jobs and runs. It begins at zero: from a value that is new Prometheus takes no growth, and what
 * happens for the first time would be lost.
 */
export function jobSeries(registry: Registry): JobSeries {
  const series = seriesIn(registry);
  for (const kind of KINDS) {
    series.ended.inc({ kind, status: 'succeeded', code: '' }, 0);
    for (const code of Object.keys(FAILURES)) series.ended.inc({ kind, status: 'failed', code }, 0);
    series.takeovers.inc({ kind }, 0);
    series.pauses.inc({ kind }, 0);
  }
  for (const outcome of VERDICTS) series.verified.inc({ outcome }, 0);
  return series;
}

const seriesIn = (registry: Registry) => ({
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
  takeovers: new Counter({
    name: 'agenticore_takeovers_total',
    help: 'Jobs, plans and runs that another host has taken over, because theirs was lost or has stopped.',
    labelNames: ['kind'],
    registers: [registry],
  }),
  pauses: new Counter({
    name: 'agenticore_model_pauses_total',
    help: "How often jobs, plans and runs gave their seat back until the model's limit ends.",
    labelNames: ['kind'],
    registers: [registry],
  }),
  verified: new Counter({
    name: 'agenticore_verified_total',
    help: 'Jobs whose work was verified: it passed, passed when the agent had mended it, or failed.',
    labelNames: ['outcome'],
    registers: [registry],
  }),
  tokens: new Counter({
    name: 'agenticore_agent_tokens_total',
    help: 'Tokens of the agents of ended jobs and runs.',
    labelNames: ['profile', 'type'],
    registers: [registry],
  }),
  cost: new Counter({
    name: 'agenticore_agent_cost_dollars_total',
    help: 'What the agents of ended jobs and runs have cost, as their CLIs say.',
    labelNames: ['profile'],
    registers: [registry],
  }),
});
