import { z } from 'zod';
import { UsageRecord } from './job-record.ts';
import { RUN_STATUSES } from '../workflow/run-state.ts';
import { sessionOfRun } from '../workflow/names.ts';

export const RunId = z
  .string()
  .refine(
    (id) => sessionOfRun(id) !== undefined,
    'must be the id of a run, such as POST /sessions/{id}/messages answers',
  );

/** One answer of a session's agent. Fields that are not known (yet) are null. */
export const RunRecord = z.object({
  id: z.string(),
  session_id: z.string(),
  number: z.number().int().describe('Which run of the session it is, from 1.'),
  status: z.enum(RUN_STATUSES),
  message_id: z.string(),
  text: z.string().describe('What the agent was told, cut at 1 KiB.'),
  from_run_id: z.string().nullable().describe('The run of a child that it answers.'),
  queue_position: z.number().int().nullable().describe('Position among the runs of its session that wait, from 1.'),
  worker_id: z.string().nullable().describe('The worker that has it.'),
  host: z.string().nullable().describe('The machine of that worker.'),
  attempt: z.number().int().describe('More than 1 after it lost a worker.'),
  warm: z.boolean().describe("Whether the agent's process was there already."),
  restarted: z.boolean().describe('Whether the agent began anew, without what was said before.'),
  output: z.string().nullable().describe('Last words of the agent, cut at 50,000 characters.'),
  error: z.string().nullable(),
  error_code: z.string().nullable(),
  next_step: z.string().nullable(),
  warnings: z.array(z.string()),
  delivered: z
    .object({
      branch: z.string().nullable(),
      sha: z.string().nullable().describe('Null where nothing has changed.'),
      pr_url: z.string().nullable(),
    })
    .nullable()
    .describe('Where the work of the session is, of a run that delivers.'),
  usage: UsageRecord.nullable(),
  cost_usd: z.number().nullable(),
  num_turns: z.number().int().nullable(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  ui_url: z.string().nullable().describe('Link to the run in the Temporal Web UI; null before it begins.'),
});
export type RunRecord = z.infer<typeof RunRecord>;

export const RunReply = z.object({ success: z.literal(true), run: RunRecord });
export const RunListReply = z.object({
  success: z.literal(true),
  count: z.number().int(),
  runs: z.array(RunRecord),
  next_cursor: z.string().nullable(),
});

/** Query of GET /sessions/{id}/runs: the newest first. */
export const RunQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.coerce.number().int().min(1).optional().describe('`next_cursor` of the page before.'),
});
export type RunQuery = z.infer<typeof RunQuery>;

/** Query of GET /runs/{id}/wait. */
export const WaitQuery = z.strictObject({
  timeout_s: z.coerce.number().min(0).max(86_400).default(60).describe('Seconds to wait at most.'),
  interval_ms: z.coerce.number().int().min(10).max(60_000).optional().describe('Accepted; the end is told at once.'),
});

export const WaitReply = z.object({
  success: z.literal(true),
  run: RunRecord,
  timed_out: z.boolean().describe('Whether the time was over before the run.'),
});

/** Body of POST /runs/{id}/transition; the spelling `canceled` is taken, too. */
export const TransitionBody = z.strictObject({
  to_status: z.enum(['cancelled', 'canceled']).describe('A run can only be cancelled from outside.'),
});

const QueueCounts = z.object({
  queued_count: z.number().int(),
  running_count: z.number().int(),
});

/** Answer of GET /runs/{id}/diagnose. */
export const DiagnoseReply = z.object({
  success: z.literal(true),
  run: RunRecord,
  diagnostics: z.object({
    worker_id: z.string().nullable(),
    worker_alive: z.boolean().describe('Whether the worker that has the run was heard in the last seconds.'),
    alive_workers: z.number().int(),
    max_concurrency: z.number().int().describe('As if each worker had as many seats as this server is set to have.'),
    queue_counts: QueueCounts,
    queue_position: z.number().int().nullable(),
    likely_issue: z
      .string()
      .nullable()
      .describe('What keeps it from going on, and what to do; null where nothing does.'),
    active_pid: z
      .number()
      .int()
      .nullable()
      .describe(
        'The process on the host of the run that holds its agent and all that this starts; null while none answers.',
      ),
    pending_approvals: z.array(z.string()),
    last_event: z.object({ seq: z.number().int(), at: z.string(), event_type: z.string() }).nullable(),
    agent_invocation: z.object({
      agent: z.string().nullable(),
      profile: z.string(),
      extra_args: z
        .array(z.string())
        .describe('What the profile adds to the command line of the agent that answers now.'),
    }),
    codex_invocation: z.object({ profile: z.string().nullable(), extra_args: z.array(z.string()) }),
  }),
});

/** Agents that a worker keeps running although nobody asks them. */
const WarmFacts = z.object({
  count: z.number().int(),
  memory_mb: z.number().nullable().describe('What they take together; null where that cannot be told.'),
  limit: z.number().int(),
});
export type WarmFacts = z.infer<typeof WarmFacts>;

/** Answer of GET /daemon/status. */
export const DaemonStatusReply = z.object({
  success: z.literal(true),
  daemon_health: z.enum(['ok', 'degraded']),
  version: z.string(),
  default_agent: z.string(),
  alive_workers: z.number().int(),
  max_concurrency: z.number().int(),
  queue_counts: QueueCounts,
  workers: z.array(z.object({ worker_id: z.string(), last_seen_at: z.string().nullable() })),
  warm_agents: WarmFacts.nullable().describe('Those that wait for the next message of their session.'),
  spare_agents: WarmFacts.nullable().describe('Those of agent packages that wait for a session.'),
  codex_invocation: z.object({ profile: z.string().nullable(), extra_args: z.array(z.string()) }),
});
