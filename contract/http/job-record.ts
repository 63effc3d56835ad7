import { z } from 'zod';
import { CHECK_OUTCOMES, type CommandCheck } from '../workflow/checks.ts';
import { JOB_STATUSES } from '../workflow/job-progress.ts';
import { RETRY_FROM, type Requested, type RetryFrom } from '../workflow/job-spec.ts';

/** Most characters of the agent's output in a record; the rest stands in the event log and the transcript. */
export const MAX_OUTPUT = 50_000;

/** Tokens of one answer or of several. */
export const UsageRecord = z.object({
  input_tokens: z.number(),
  output_tokens: z.number(),
  cache_read_tokens: z.number(),
  cache_creation_tokens: z.number(),
});

const DiffStat = z.object({ files: z.number(), insertions: z.number(), deletions: z.number() });

const CheckRecord = z.object({
  phase: z.enum(['setup', 'verify']),
  round: z.number().int().describe('Which time verify ran, from 1.'),
  command: z.string(),
  outcome: z.enum(CHECK_OUTCOMES),
  exit_code: z.number().int().nullable(),
  duration_ms: z.number(),
}) satisfies z.ZodType<CommandCheck>;

/**
 * What a record shows of the request as the caller made it; null where the caller said nothing. A job's memo keeps the
 * same.
 */
const Asked = z.object({
  repo_url: z.string().nullable(),
  model: z.string().nullable().describe("The model that the job asks for; null where it is the profile's."),
  agent: z.string().nullable().describe("The agent that the job asks for; null where it is the profile's."),
  file_path: z.string().nullable().describe('The file of MCP servers that the job uses.'),
  worktree_id: z.string().nullable().describe('The prepared worktree that the job works in.'),
} satisfies Partial<Record<keyof Requested, z.ZodType>>);
type Asked = z.infer<typeof Asked>;

const ASKED = Asked.keyof().options;

/** The fields of `Asked` in a request, or in what was kept of one. */
export const askedOf = (request: { [Field in keyof Asked]?: Asked[Field] | undefined }): Asked =>
  Object.fromEntries(ASKED.map((field) => [field, request[field] ?? null])) as Asked;

const JOB_MODES = ['fire_and_forget', 'stateful'] as const;
type JobMode = (typeof JOB_MODES)[number];

/** What a job's memo keeps of its request from the start. */
export interface JobBrief extends Asked {
  /** First 1 KiB of the task. */
  task: string;
  /** True when there is more of it. */
  task_cut: boolean;
  profile: string;
  profile_reason: string;
  priority: number;
  owner: string;
  mode: JobMode;
  /** Seconds that the job may wait for its first seat. */
  ttl_seconds: number;
  /** ISO 8601. */
  created_at: string;
  /** SHA-256 of what the caller said, by which a repeated Idempotency-Key is compared. */
  request_hash: string;
  /** The job that this one retries, and from where. */
  retry_of?: string;
  retry_from?: RetryFrom;
  /** The plan that the job executes. */
  plan_id?: string;
}

const Retrying = z.object({
  stage: z.string(),
  code: z.string(),
  reason: z.string(),
  attempt: z.number().int().describe('Number of the try that comes, from 2.'),
  tries_left: z.number().int().nullable().describe('With that one; null where only time ends them, at `until`.'),
  next_at: z.string().describe('When it begins.'),
  until: z.string().nullable(),
});

/** A job as every surface shows it. Fields that are not known (yet) are null. */
export const JobRecord = z.object({
  id: z.string(),
  status: z.enum(JOB_STATUSES),
  stage: z.string().describe('What the job is doing now.'),
  queue_position: z
    .number()
    .int()
    .nullable()
    .describe(
      'Position among the waiting jobs of all owners, from 1; null in lists and after the job has left the queue.',
    ),
  task: z.string().describe('Cut at 1 KiB in lists.'),
  ...Asked.shape,
  base_ref: z.string().nullable(),
  profile: z.string(),
  profile_reason: z
    .string()
    .nullable()
    .describe(
      'Why the job has this profile: `explicit`, a rule such as `rule 2: repo github.com/acme/*`, `default`, or `auto: ` and why the model chose it.',
    ),
  priority: z.number().int(),
  owner: z.string(),
  mode: z.enum(JOB_MODES).describe('`stateful`: the job goes on with the session of an earlier one.'),
  ttl_seconds: z.number().int().describe('How long the job may wait for its first seat (AGENTICORE_JOB_TTL).'),
  branch: z.string().nullable().describe('The pushed branch; null until it is pushed, and when nothing changed.'),
  sha: z.string().nullable().describe('The commit that is or will be pushed.'),
  diff: DiffStat.nullable().describe('Size of the pushed change; its text is at /jobs/{id}/diff.'),
  pr_url: z.string().nullable(),
  session_id: z.string().nullable().describe("The agent's session, which a later job can go on with."),
  attempt: z.number().int().describe('Number of the attempt; more than 1 after the job lost a worker.'),
  hosts: z.array(z.string()).describe('Workers that held the job, in order; at most the last 20.'),
  disk: z.string().nullable().describe("Identity of the data directory that has the job's files."),
  resumed: z.boolean().describe("Whether the last attempt went on with the agent's session."),
  waiting_until: z
    .string()
    .nullable()
    .describe("Until when the job waits, without a seat, for the end of the model provider's limit."),
  retrying: Retrying.nullable().describe('Why the step failed that is being tried again; null at its first try.'),
  worktree_path: z.string().nullable(),
  output: z.string().nullable().describe('Last message of the agent, cut at 50,000 characters.'),
  error: z.string().nullable(),
  error_code: z.string().nullable(),
  error_stage: z.string().nullable(),
  next_step: z.string().nullable().describe('What to do about the error.'),
  warnings: z.array(z.string()),
  checks: z.array(CheckRecord).describe("The last runs of the profile's `setup` and `verify` commands."),
  usage: UsageRecord.nullable(),
  cost_usd: z.number().nullable(),
  num_turns: z.number().nullable(),
  retry_of: z.string().nullable().describe('The job that this one retries.'),
  retry_from: z.enum(RETRY_FROM).nullable().describe('Where the retry starts: see POST /jobs/{id}/retry.'),
  retried_by: z.string().nullable().describe('The job that retries this one; null in lists.'),
  created_at: z.string(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  plan_id: z.string().nullable().describe('The plan that the job executes; of a job that makes a plan, its own id.'),
  ui_url: z.string().nullable().describe('Link to the job in the Temporal Web UI.'),
});
export type JobRecord = z.infer<typeof JobRecord>;

export const JobReply = z.object({ success: z.literal(true), job: JobRecord });
export const JobListReply = z.object({
  success: z.literal(true),
  count: z.number().int(),
  jobs: z.array(JobRecord),
  next_cursor: z.string().nullable(),
});
