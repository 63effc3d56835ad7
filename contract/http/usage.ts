import { z } from 'zod';
import { UsageRecord } from './job-record.ts';

export const USAGE_GROUPS = ['profile', 'repo', 'key', 'agent', 'day'] as const;

const time = z.iso.datetime({ offset: true, error: 'must be a time such as 2026-01-31T08:00:00Z' }).optional();

/** What is asked of GET /usage. */
export const UsageQuery = z.strictObject({
  group: z.enum(USAGE_GROUPS).default('day').describe('By what it is summed; `day` is a day in UTC, `key` an API key.'),
  since: time.describe('Only what ended at this time or later.'),
  until: time.describe('Only what ended before this time.'),
});
export type UsageQuery = z.infer<typeof UsageQuery>;

/** What one job, plan or run has used. */
export const UsageEntry = z.object({
  id: z.string(),
  kind: z.enum(['job', 'plan', 'run']),
  session_id: z.string().nullable().describe('The session of a run.'),
  plan_id: z.string().nullable(),
  owner: z.string(),
  status: z.string(),
  error_code: z.string().nullable(),
  profile: z.string(),
  repo_url: z.string().nullable(),
  agent: z.string().nullable().describe("The agent that was asked for; null where it is the profile's."),
  model: z.string().nullable().describe("The model that was asked for; null where it is the profile's."),
  usage: UsageRecord.nullable(),
  cost_usd: z.number().nullable(),
  num_turns: z.number().nullable(),
  attempt: z.number().int(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable().describe('Null while it runs: the numbers still grow.'),
});
export type UsageEntry = z.infer<typeof UsageEntry>;

const source = z
  .enum(['postgresql', 'records'])
  .describe('Where the numbers are from: PostgreSQL, or the records that Temporal keeps for a while.');

/** Answer of GET /jobs/{id}/usage and GET /runs/{id}/usage. */
export const UsageEntryReply = z.object({ success: z.literal(true), source, usage: UsageEntry });

/** What several have used together. */
const UsageTotals = z.object({
  count: z.number().int().describe('Jobs, plans and runs that have ended.'),
  succeeded: z.number().int(),
  unpriced: z.number().int().describe('Those whose cost is not known: all have cost at least the sum.'),
  usage: UsageRecord,
  cost_usd: z.number(),
  num_turns: z.number().int(),
});
export type UsageTotals = z.infer<typeof UsageTotals>;

const UsageGroup = UsageTotals.extend({ key: z.string().nullable().describe('Null where nothing was said.') });
export type UsageGroup = z.infer<typeof UsageGroup>;

/** Answer of GET /usage. */
export const UsageGroupsReply = z.object({
  success: z.literal(true),
  source,
  group: z.enum(USAGE_GROUPS),
  complete_since: z.string().describe('What ended before this time may be missing.'),
  groups: z.array(UsageGroup).describe('By cost, days by date; at most 1,000.'),
  total: UsageTotals,
});

export type UsageGroupsReply = z.infer<typeof UsageGroupsReply>;

/** Answer of GET /sessions/{id}/usage. */
export const SessionUsageReply = z.object({
  success: z.literal(true),
  source,
  session_id: z.string(),
  usage: UsageTotals.describe('Of its runs that have ended.'),
});
