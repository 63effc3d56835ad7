import { z } from 'zod';
import { JOB_STATUSES } from '../workflow/job-progress.ts';
import { RETRY_FROM } from '../workflow/job-spec.ts';

/** Most characters of the agent's output in a record; the rest stands in the event log and the transcript. */
export const MAX_OUTPUT = 50_000;

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
  status: z.enum(JOB_STATUSES),
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
    .describe(
      'Why it is that profile: `explicit`, a rule such as `rule 2: repo github.com/acme/*`, `default`, or `auto: ` and why the model chose it.',
    ),
  model: z.string().nullable().describe("The model that the job asks for; null where it is the profile's."),
  priority: z.number().int(),
  file_path: z.string().nullable().describe('The file of MCP servers that the job asks for.'),
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
  hosts: z.array(z.string()).describe('Hosts that held the job, in order; the last 20 of them.'),
  disk: z.string().nullable().describe("Identity of the data directory that has the job's files."),
  resumed: z.boolean().describe("Whether the last attempt went on with the agent's session."),
  waiting_until: z
    .string()
    .nullable()
    .describe("Until when the job waits, without a seat, for the end of the model provider's limit."),
  worktree_path: z.string().nullable(),
  worktree_id: z.string().nullable().describe('The prepared worktree that the job works in.'),
  output: z.string().nullable().describe('Final words of the agent, cut at 50,000 characters.'),
  error: z.string().nullable(),
  error_code: z.string().nullable(),
  error_stage: z.string().nullable(),
  next_step: z.string().nullable().describe('What to do about the error.'),
  warnings: z.array(z.string()),
  usage: Usage.nullable(),
  cost_usd: z.number().nullable(),
  num_turns: z.number().nullable(),
  retry_of: z.string().nullable().describe('The job that this one tries again.'),
  retry_from: z.enum(RETRY_FROM).nullable().describe('Where it begins: see POST /jobs/{id}/retry.'),
  retried_by: z.string().nullable().describe('The job that tries this one again; null in lists.'),
  created_at: z.string(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  plan_id: z.string().nullable().describe('The plan that the job executes; of a job that makes a plan, its own id.'),
  ui_url: z.string().nullable().describe('The job in the Temporal Web UI.'),
});
export type JobRecord = z.infer<typeof JobRecord>;

export const JobReply = z.object({ success: z.literal(true), job: JobRecord });
export const JobListReply = z.object({
  success: z.literal(true),
  count: z.number().int(),
  jobs: z.array(JobRecord),
  next_cursor: z.string().nullable(),
});
