import { z } from 'zod';
import { ApprovalRecord } from './approval.ts';
import { JobRecord } from './job-record.ts';
import { DaemonStatusReply } from './run.ts';
import { SessionRecord } from './session.ts';

/** What an agent did last, as far as its newest events tell. */
const Doing = z.object({
  at: z.string(),
  what: z.enum(['tool', 'text', 'thinking', 'retrying', 'command']),
  tool: z.string().nullable().describe('The tool that was called last.'),
  words: z.string().describe('What it was called with, or why it is tried again; cut at 200 characters.'),
});
export type Doing = z.infer<typeof Doing>;

const doing = Doing.nullable().describe(
  'Null where no agent runs, or where this server cannot read the events of its host.',
);

const OverviewJob = JobRecord.pick({
  ...{ id: true, status: true, stage: true, task: true, repo_url: true, profile: true, attempt: true, hosts: true },
  ...{ waiting_until: true, pr_url: true, error: true, error_code: true, usage: true, cost_usd: true },
  ...{ created_at: true, started_at: true, ended_at: true },
}).extend({ doing });
export type OverviewJob = z.infer<typeof OverviewJob>;

const OverviewSession = SessionRecord.pick({
  ...{ id: true, status: true, title: true, profile: true, repo_url: true, runs: true, active_run_id: true },
  ...{ queued_runs: true, pending_approvals: true, usage: true, cost_usd: true, created_at: true, closed_at: true },
}).extend({ doing });
export type OverviewSession = z.infer<typeof OverviewSession>;

/** Answer of GET /overview: all that `agenticore top` shows. */
export const OverviewReply = z.object({
  success: z.literal(true),
  at: z.string(),
  hosts: z
    .array(
      z.object({
        worker_id: z.string(),
        last_seen_at: z.string().nullable(),
        seats_taken: z
          .number()
          .int()
          .nullable()
          .describe('As the worker told Temporal in the last 5 s; null where Temporal does not keep that.'),
        seats_limit: z.number().int().describe('As if it had as many seats as this server is set to have.'),
      }),
    )
    .describe('The workers that run agents, of all owners.'),
  queue_counts: DaemonStatusReply.shape.queue_counts,
  jobs: z.array(OverviewJob).describe('Open ones first, then the newest.'),
  sessions: z.array(OverviewSession).describe('Those that are not closed.'),
  approvals: z.array(ApprovalRecord).describe('Those that wait, the oldest first.'),
});
export type OverviewReply = z.infer<typeof OverviewReply>;

export const OverviewQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100).describe('Most jobs, and most sessions.'),
});
export type OverviewQuery = z.infer<typeof OverviewQuery>;
