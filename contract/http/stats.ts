import { z } from 'zod';
import { JobQuery } from './job-request.ts';

const Spread = z
  .object({ p50: z.number(), p95: z.number(), max: z.number() })
  .nullable()
  .describe('Seconds; null where there is none.');

const Outcomes = z.object({
  count: z.number().int().describe('Those that have ended.'),
  succeeded: z.number().int(),
  duration_s: Spread,
  waited_s: Spread,
});

/** Answer of GET /stats: how the jobs and the runs of sessions of a time have ended. */
export const StatsReply = z.object({
  success: z.literal(true),
  since: z.string(),
  until: z.string(),
  complete: z.boolean().describe('False where there are more than are counted: the older ones are left out.'),
  open: z.number().int().describe('Jobs and runs of the time that have not ended.'),
  ended: Outcomes.extend({
    duration_s: Spread.describe('From the first seat to the end.'),
    waited_s: Spread.describe('From the request to the first seat.'),
  }),
  outcomes: z
    .array(
      z.object({
        kind: z.enum(['job', 'run']),
        status: z.string(),
        code: z.string().nullable(),
        count: z.number().int(),
      }),
    )
    .describe('The most frequent first.'),
  profiles: z.array(Outcomes.extend({ profile: z.string() })).describe('The same for each profile.'),
  retries: z.object({
    lost_hosts: z.number().int().describe('Jobs and runs that lost a worker and went on.'),
    retried_jobs: z.number().int().describe('Jobs that retry another one.'),
  }),
  checks: z.object({
    passed: z.number().int().describe('Jobs whose last `verify` passed.'),
    failed: z.number().int(),
  }),
  pull_requests: z.number().int(),
});
export type StatsReply = z.infer<typeof StatsReply>;

/** Query of GET /stats. */
export const StatsQuery = z.strictObject({
  since: JobQuery.shape.since.describe('Requested at this time or later (ISO 8601); the last 7 days when absent.'),
});
export type StatsQuery = z.infer<typeof StatsQuery>;
