import { z } from 'zod';
import { MAX_TIMEOUT_S, ProfileName } from '../contract/http/job-request.ts';
import { isGitRef } from '../contract/http/git-ref.ts';
import { COMMIT_PLACEHOLDERS, PLACEHOLDER, PULL_REQUEST_PLACEHOLDERS } from '../contract/shared/template.ts';
import { AGENT_NAMES } from '../contract/shared/agents.ts';
import { PART_MODES } from '../contract/shared/checkout-parts.ts';
import { SIGNERS } from '../contract/workflow/commit-terms.ts';
import { toolRules } from '../contract/http/tool-rules.ts';
import { commandSchemas } from './commands.ts';
import { sectionSchemas } from '../runners/sections.ts';

/** What append_prompt may refer to. */
const TASK_PLACEHOLDERS = ['TASK', 'REPO_URL', 'BASE_REF', 'JOB_ID', 'PROFILE'] as const;

/** A value for each placeholder of append_prompt. */
export type TaskValues = Record<(typeof TASK_PLACEHOLDERS)[number], string>;

const template = (placeholders: readonly string[]) =>
  z
    .string()
    .max(65_536)
    .refine(
      (text) => [...text.matchAll(PLACEHOLDER)].every(([, name]) => placeholders.some((known) => known === name)),
      `may hold only these placeholders: ${placeholders.map((name) => `{{${name}}}`).join(', ')}`,
    );

/** `Name <address>`, in parts. */
export const PERSON = /^([^<>\p{Cc}]*[^<>\p{Cc}\s.,:;"'\\][^<>\p{Cc}]*?)\s*<([^<>\p{Cc}\s]+)>$/u;

const gitRef = z.string().refine(isGitRef, 'must be the name of a branch');

/** What a profile.yml may say. */
export const ProfileFile = z
  .strictObject({
    name: ProfileName.optional().describe('Default: the name of its folder or file.'),
    description: z.string().max(1_000).optional(),
    extends: ProfileName.optional().describe('Profile to inherit from.'),
    agent: z.enum(AGENT_NAMES).optional().describe('The agent that does the work.'),
    ...sectionSchemas,
    append_prompt: template(TASK_PLACEHOLDERS).optional(),
    ...commandSchemas,
    deliver: z
      .enum(['pr', 'push', 'none'])
      .optional()
      .describe('What to do with the commits: open a pull request, only push the branch, or nothing.'),
    auto_pr: z.boolean().optional().describe('true is `deliver: pr`, false is `deliver: push`.'),
    pull_request: z
      .strictObject({
        base: gitRef.optional().describe('The branch to merge into; default: the one that the job started from.'),
        draft: z.boolean().optional(),
        labels: z.array(z.string().min(1).max(100)).max(20).optional(),
        reviewers: z
          .array(z.string().regex(/^\w[\w./-]*$/, 'must be the name of a user, or org/team'))
          .max(20)
          .optional(),
        template: template(PULL_REQUEST_PLACEHOLDERS).optional().describe('Template of the body of the pull request.'),
      })
      .optional(),
    branch_prefix: z
      .string()
      .min(1)
      .max(100)
      .refine((prefix) => isGitRef(`${prefix}0`), 'must be what the name of a branch may begin with')
      .optional()
      .describe("What the branch's name begins with; `agenticore-` when absent."),
    commit_message: template(COMMIT_PLACEHOLDERS)
      .refine((text) => text.trim() !== '' && !text.includes('\0'), 'must be the message of a commit')
      .optional()
      .describe('Template of the message; what the job delivers is then one commit.'),
    author: z
      .string()
      .max(500)
      .regex(PERSON, 'must be written as Name <address>')
      .optional()
      .describe("Author and committer of the job's commits; those of the worker when absent."),
    commit_signing: z
      .enum(['off', ...SIGNERS])
      .optional()
      .describe("Who signs the commits: the worker with its ssh or gpg key, or GitHub for the worker's App."),
    delivery_timeout: z
      .number()
      .int()
      .min(1)
      .max(MAX_TIMEOUT_S)
      .optional()
      .describe('Seconds to retry a push or pull request while the remote is down; 7200 when absent.'),
    lfs: z
      .enum(PART_MODES)
      .optional()
      .describe('Files in Git LFS: where the worker can have them, always, or never; auto when absent.'),
    submodules: z
      .enum(PART_MODES)
      .optional()
      .describe(
        'Submodules on the host of the repository: where the worker can have them, always, or never; auto when absent.',
      ),
    stall_timeout: z
      .number()
      .int()
      .min(1)
      .max(MAX_TIMEOUT_S)
      .optional()
      .describe(
        'Seconds without a sign of life after which the agent is stopped; a tool that runs gives one every 30.',
      ),
    settings: z
      .strictObject({
        permissions: z.strictObject({ allow: toolRules.optional(), deny: toolRules.optional() }).optional(),
      })
      .optional(),
    approvals: z
      .strictObject({
        allow: toolRules.optional().describe('Tools that need no decision, such as Read or Bash(git *).'),
        ask: toolRules.optional().describe('Tools that need one although another rule allows them.'),
        deny: toolRules.optional().describe('Tools that the agent may not use.'),
        timeout: z
          .number()
          .int()
          .min(1)
          .max(MAX_TIMEOUT_S)
          .optional()
          .describe('Seconds after which an approval counts as denied, where the session does not say.'),
      })
      .optional()
      .describe('What waits for the decision of a person in sessions that ask; by default what nothing allows.'),
    sandbox: z.enum(['auto', 'required', 'off']).optional(),
    trust_repo: z
      .boolean()
      .optional()
      .describe("Whether the repository's own settings apply, with its hooks and what it makes of the model's key."),
    env: z
      .array(z.string().regex(/^[a-z_]\w*$/i, 'must be the name of a variable'))
      .optional()
      .describe("Variables of the worker's environment that the agent gets, too."),
  })
  .refine(({ deliver, auto_pr }) => deliver === undefined || auto_pr === undefined, {
    path: ['auto_pr'],
    message: 'must not be set together with deliver, which says the same',
  });
export type ProfileFile = z.infer<typeof ProfileFile>;
