import { z } from 'zod';
import { JOB_STATUSES } from '../workflow/job-progress.ts';
import { AGENT_NAMES } from '../shared/agents.ts';
import { PART_MODES } from '../shared/checkout-parts.ts';
import { RETRY_FROM, type Requested } from '../workflow/job-spec.ts';
import { DEFAULT_PRIORITY } from '../workflow/names.ts';
import { isGitRef } from './git-ref.ts';

/** Longest task in UTF-8 bytes: Temporal refuses start arguments above 2 MiB and hangs above 4 MiB. */
export const MAX_TASK_BYTES = 256 * 1024;

/** Longest run of an agent that a profile or a job may ask for, in seconds: a week. */
export const MAX_TIMEOUT_S = 7 * 86_400;

export const ProfileName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, 'must be a profile name: letters, digits, dots, dashes; see GET /profiles');

export const JobId = z.uuid('must be a job id from POST /jobs');

/** A model as the agent's command line takes it; it must not look like an option. */
export const ModelName = z
  .string()
  .max(200)
  .regex(/^[a-z0-9][\w.:/@[\]-]*$/i, 'must be the name or alias of a model');

const taskText = z
  .string()
  .refine((task) => task.trim() !== '', 'must not be blank')
  .refine((task) => !task.includes('\0'), 'must not contain NUL');

/** A caller's name for a job: the same name and request again answer the same job. */
export const IdempotencyKey = z.string().min(1).max(255);

/** Body of POST /jobs, less the waiting. */
export const JobRequest = z.strictObject({
  task: taskText.describe('What the agent should do, in words. At most 256 KiB.'),
  repo_url: z
    .string()
    .max(2_000)
    .optional()
    .describe('https or ssh URL of the repository. Without it the agent works in an empty directory.'),
  profile: ProfileName.optional().describe(
    'Name of a profile, or `auto`: a small model chooses among their descriptions. When absent the rules of config.yml choose, else it is the default profile.',
  ),
  create_repo: z.boolean().optional().describe('Create the repository on its forge first if it does not exist.'),
  private: z.boolean().optional().describe('Whether a created repository is private; true when absent.'),
  base_ref: z
    .string()
    .refine(isGitRef, 'must be the name of a branch, a tag or a full commit id')
    .optional()
    .describe("Where the work starts; the repository's default branch when absent."),
  agent: z.enum(AGENT_NAMES).optional().describe("Agent that does the work, in place of the profile's."),
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
  lfs: z
    .enum(PART_MODES)
    .optional()
    .describe(
      'Files in Git LFS, in place of what the profile says: `auto` has them where the worker can, `on` fails the job where it cannot, `off` leaves their pointers.',
    ),
  submodules: z
    .enum(PART_MODES)
    .optional()
    .describe(
      'Submodules on the host of the repository, in place of what the profile says: `auto` has them where the worker can, `on` fails the job where one is missing, `off` leaves their folders empty.',
    ),
  priority: z
    .number()
    .int()
    .min(1)
    .max(5)
    .optional()
    .describe(
      `1 runs first, 5 last; ${DEFAULT_PRIORITY} when absent. Jobs of equal priority run in the order of their submission.`,
    ),
  session_id: z
    .uuid('must be the session_id of an earlier job')
    .optional()
    .describe(
      'Continue the session of one of your ended jobs, on the worker that has its transcript. The job gets a copy of the session; the original stays unchanged.',
    ),
  worktree_id: z
    .uuid('must be a worktree id from POST /worktrees')
    .optional()
    .describe(
      'Work in this prepared worktree, on the worker that has it, and push to its branch. One job at a time; repo_url is that of the worktree.',
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
} satisfies Record<keyof Requested, z.ZodType>);
export type JobRequest = z.infer<typeof JobRequest>;

/** Body of POST /jobs/{id}/retry, less the waiting. */
export const RetryRequest = z.strictObject({
  from: z
    .enum(RETRY_FROM)
    .optional()
    .describe(
      '`delivery`: push the commits and open the pull request, without running the agent; `session`: the agent continues where it stopped; `start`: everything again. When absent, the first of these that is possible.',
    ),
});
export type RetryRequest = z.infer<typeof RetryRequest>;

const waiting = {
  wait: z
    .boolean()
    .default(false)
    .describe('Reply when the job has ended, with 200; or with 202 when it has not ended in time.'),
  wait_timeout_s: z.number().int().min(1).max(3_600).default(600).describe('Seconds that `wait` waits at most.'),
};

/** Body of POST /jobs. */
export const SubmitBody = JobRequest.extend(waiting);

/** Body of POST /jobs/{id}/retry. */
export const RetryBody = RetryRequest.extend(waiting);

/** Which jobs a list shows. */
export const JobQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(20),
  status: z.enum(JOB_STATUSES).exclude(['cancelling']).optional(),
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
export const EventQuery = z.strictObject({
  cursor: z.coerce.number().int().min(0).default(0).describe('Return events after this number.'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export type EventQuery = z.infer<typeof EventQuery>;
