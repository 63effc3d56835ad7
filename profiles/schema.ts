import { z } from 'zod';
import { MAX_TIMEOUT_S, ModelName, ProfileName } from '../contract/job.ts';
import { PLACEHOLDER, PLACEHOLDERS } from './template.ts';

/** These become arguments of a command line, so none may look like an option. */
const TOOL = /^[a-z]\w*$/i;
const TOOL_RULE = /^[a-z][\w*-]*(\([^\n\0]*\))?$/i;

/** A list, or as the CLI takes it: one text with commas, of which those in parentheses do not count. */
const listOf = (name: RegExp, what: string): z.ZodType<string[]> =>
  z
    .union([z.array(z.string()), z.string().transform((text) => text.split(/,(?![^(]*\))/).map((rule) => rule.trim()))])
    .refine((rules) => rules.every((rule) => name.test(rule)), what);
const toolRules = listOf(TOOL_RULE, 'must list tools, such as Read or Bash(git *)');

const claude = z.strictObject({
  model: ModelName.optional(),
  fallback_model: z
    .string()
    .refine(
      (names) => names.split(',').every((name) => ModelName.safeParse(name.trim()).success),
      'must be models, parted by commas',
    )
    .optional(),
  max_turns: z.number().int().min(1).max(100_000).optional(),
  max_budget_usd: z.number().positive().optional(),
  effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).optional(),
  permission_mode: z
    .enum([
      ...(['acceptEdits', 'auto', 'bypassPermissions', 'default', 'dontAsk', 'manual', 'plan'] as const),
      'dangerously-skip-permissions',
    ])
    .transform((mode) => (mode === 'dangerously-skip-permissions' ? 'bypassPermissions' : mode))
    .optional(),
  tools: listOf(TOOL, 'must list built-in tools, such as Read')
    .optional()
    .describe('The only built-in tools there are; all of them when absent.'),
  allowed_tools: toolRules.optional(),
  disallowed_tools: toolRules.optional(),
  timeout: z.number().int().min(1).max(MAX_TIMEOUT_S).optional().describe('Seconds.'),
  output_format: z.enum(['json', 'text', 'stream-json']).optional().describe('Accepted; output is always streamed.'),
  worktree: z.boolean().optional().describe('Accepted; a job always has a worktree of its own.'),
});

const template = z
  .string()
  .max(65_536)
  .refine(
    (text) => [...text.matchAll(PLACEHOLDER)].every(([, name]) => PLACEHOLDERS.some((known) => known === name)),
    `may hold only these placeholders: ${PLACEHOLDERS.map((name) => `{{${name}}}`).join(', ')}`,
  );

/** What a profile.yml may say. */
export const ProfileFile = z
  .strictObject({
    name: ProfileName.optional().describe('The name of its folder or file when absent.'),
    description: z.string().max(1_000).optional(),
    extends: ProfileName.optional().describe('Profile that gives what this one does not say.'),
    claude: claude.optional(),
    append_prompt: template.optional(),
    deliver: z
      .enum(['pr', 'push', 'none'])
      .optional()
      .describe('What becomes of the commits: a pull request, a pushed branch alone, or nothing.'),
    auto_pr: z.boolean().optional().describe('true is `deliver: pr`, false is `deliver: push`.'),
    settings: z
      .strictObject({
        permissions: z.strictObject({ allow: toolRules.optional(), deny: toolRules.optional() }).optional(),
      })
      .optional(),
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
    message: 'must not stand beside deliver, which says the same',
  });
export type ProfileFile = z.infer<typeof ProfileFile>;
