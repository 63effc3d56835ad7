import { z } from 'zod';
import { DEFAULT_PRIORITY } from './names.ts';
import { isGitRef } from './repo-url.ts';

/** Longest task in UTF-8 bytes: Temporal refuses start arguments above 2 MiB and hangs above 4 MiB. */
export const MAX_TASK_BYTES = 256 * 1024;

/** Most characters of the agent's output in a record; the rest stands in the event log and the transcript. */
export const MAX_OUTPUT = 50_000;

export const ProfileName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, 'must be a profile name: letters, digits, dots, dashes; see GET /profiles');

export const JobId = z.uuid('must be a job id as POST /jobs answered it');

/** Longest run of an agent that a profile or a job may ask for, in seconds: a week. */
export const MAX_TIMEOUT_S = 7 * 86_400;

/** A model as the agent's command line takes it; it must not look like an option. */
export const ModelName = z
  .string()
  .max(200)
  .regex(/^[a-z0-9][\w.:/@[\]-]*$/i, 'must be the name or alias of a model');

const taskText = z
  .string()
  .refine((task) => task.trim() !== '', 'must say what to do')
  .refine((task) => !task.includes('\0'), 'must not contain NUL');

/** A caller's name for a job: the same name and request again answer the same job. */
export const IdempotencyKey = z.string().min(1).max(255);

/** Body of POST /jobs, less the waiting. */
export const JobRequest = z.strictObject({
  task: taskText.describe('What the agent shall do, in words. At most 256 KiB.'),
  repo_url: z
    .string()
    .max(2_000)
    .optional()
    .describe('https or ssh address of the repository. Without it the agent works in an empty directory.'),
  profile: ProfileName.optional().describe(
    'Name of a profile; when absent the rules of config.yml choose, else it is the default profile.',
  ),
  base_ref: z
    .string()
    .refine(isGitRef, 'must be the name of a branch, a tag or a full commit id')
    .optional()
    .describe("Where the work starts; the repository's default branch when absent."),
  model: ModelName.optional().describe("Model of the agent, in place of the profile's."),
  timeout: z
    .number()
    .int()
    .min(1)
    .max(MAX_TIMEOUT_S)
    .optional()
    .describe("Seconds that the agent may run, in place of the profile's."),
  max_budget_usd: z
    .number()
    .positive()
    .max(1_000_000)
    .optional()
    .describe("US dollars that the agent may spend, in place of the profile's limit."),
  priority: z
    .number()
    .int()
    .min(1)
    .max(5)
    .optional()
    .describe(`1 goes first, 5 last; ${DEFAULT_PRIORITY} when absent. Among equals the first to come goes first.`),
  session_id: z
    .uuid('must be the session_id of an earlier job')
    .optional()
    .describe(
      'Go on with the session of an earlier job of yours that has ended, on the host that has its transcript. The job gets a session of its own; the earlier one stays as it is.',
    ),
  file_path: z
    .string()
    .min(1)
    .max(1_000)
    .refine((path) => !path.includes('\0'), 'must not contain NUL')
    .optional()
    .describe(
      "Path, on the server, of a .mcp.json with further MCP servers for the agent; it must lie in the server's AGENTICORE_MCP_FILES_DIR.",
    ),
});
export type JobRequest = z.infer<typeof JobRequest>;

/** Body of POST /jobs. */
export const SubmitBody = JobRequest.extend({
  wait: z
    .boolean()
    .default(false)
    .describe('Answer when the job has ended, with 200; or with 202 when it has not in time.'),
  wait_timeout_s: z.number().int().min(1).max(3_600).default(600).describe('Seconds that `wait` waits at most.'),
});

const JobStatus = z.enum(['queued', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled', 'expired']);

/** Which jobs a list shows. */
export const JobQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(20),
  status: JobStatus.exclude(['cancelling']).optional(),
  repo: z.string().max(2_000).optional().describe('Only jobs on the repository of this address, with or without .git.'),
  profile: ProfileName.optional(),
  since: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-01-31T08:00:00Z' })
    .optional()
    .describe('Only jobs submitted at this time or later.'),
  cursor: z.string().max(10_000).optional().describe('`next_cursor` of the page before.'),
});
export type JobQuery = z.infer<typeof JobQuery>;

/** Which events of a job a page shows. */
export const EventQuery = z.object({
  cursor: z.coerce.number().int().min(0).default(0).describe('Answer events after this number.'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type EventQuery = z.infer<typeof EventQuery>;

const Usage = z.object({
  input_tokens: z.number(),
  output_tokens: z.number(),
  cache_read_tokens: z.number(),
  cache_creation_tokens: z.number(),
});

const DiffStat = z.object({ files: z.number(), insertions: z.number(), deletions: z.number() });

/** A job as every surface shows it. Fields that are not known (yet) are null. */
export const JobRecord = z.object({
  id: z.string(),
  status: JobStatus,
  stage: z.string().describe('What the job is doing now.'),
  queue_position: z
    .number()
    .int()
    .nullable()
    .describe('Place among the waiting jobs of all owners, from 1; null in lists and once the job has left the queue.'),
  task: z.string().describe('In lists cut at 1 KiB.'),
  repo_url: z.string().nullable(),
  base_ref: z.string().nullable(),
  profile: z.string(),
  profile_reason: z
    .string()
    .nullable()
    .describe('Why it is that profile: `explicit`, a rule such as `rule 2: repo github.com/acme/*`, or `default`.'),
  model: z.string().nullable().describe("The model that the job asks for; null where it is the profile's."),
  priority: z.number().int(),
  owner: z.string(),
  branch: z
    .string()
    .nullable()
    .describe('The delivered branch; null while nothing is delivered and when nothing changed.'),
  sha: z.string().nullable().describe('The commit that is (to be) delivered.'),
  diff: DiffStat.nullable().describe('How much was delivered; the text is at /jobs/{id}/diff.'),
  pr_url: z.string().nullable(),
  session_id: z.string().nullable().describe("The agent's session, which a later job can go on with."),
  attempt: z.number().int().describe('Which seat the job is on; more than 1 after a host was lost.'),
  hosts: z.array(z.string()).describe('Hosts that held the job, in order.'),
  disk: z.string().nullable().describe("Identity of the data directory that has the job's files."),
  resumed: z.boolean().describe("Whether the last attempt went on with the agent's session."),
  worktree_path: z.string().nullable(),
  output: z.string().nullable().describe('Final words of the agent, cut at 50,000 characters.'),
  error: z.string().nullable(),
  error_code: z.string().nullable(),
  error_stage: z.string().nullable(),
  next_step: z.string().nullable().describe('What to do about the error.'),
  warnings: z.array(z.string()),
  usage: Usage.nullable(),
  cost_usd: z.number().nullable(),
  num_turns: z.number().nullable(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  ui_url: z.string().nullable().describe('The job in the Temporal Web UI.'),
});
export type JobRecord = z.infer<typeof JobRecord>;

/** Answer of GET /health. */
export const HealthReply = z.object({
  status: z.literal('ok'),
  service: z.literal('agenticore'),
  version: z.string(),
  ui_url: z.string().nullable().describe('Root of the Temporal Web UI; null where none is known.'),
});
export type HealthReply = z.infer<typeof HealthReply>;

export const JobReply = z.object({ success: z.literal(true), job: JobRecord });
export const JobListReply = z.object({
  success: z.literal(true),
  count: z.number().int(),
  jobs: z.array(JobRecord),
  next_cursor: z.string().nullable(),
});

/** Every error answer of the API. */
export const ErrorReply = z.object({
  success: z.literal(false),
  error: z.string(),
  code: z.string(),
  field: z.string().optional(),
  next_step: z.string().optional(),
});
export type ErrorReply = z.infer<typeof ErrorReply>;

export const EventReply = z.object({
  success: z.literal(true),
  events: z.array(z.object({ seq: z.number().int(), at: z.string(), event: z.looseObject({ type: z.string() }) })),
  cursor: z.number().int().describe('Pass it as `cursor` to read on.'),
  ended: z.boolean().describe('Whether the stream has ended.'),
});
export type EventReply = z.infer<typeof EventReply>;

export const ProfileReply = z.object({
  success: z.literal(true),
  count: z.number().int(),
  profiles: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      model: z.string().nullable(),
      max_turns: z.number().nullable(),
      permission_mode: z.string().nullable(),
      timeout: z.number(),
      auto_pr: z.boolean(),
    }),
  ),
});
