import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { MAX_TIMEOUT_S, ModelName } from '../../contract/http/job-request.ts';
import { toolNames, toolRules } from '../../contract/http/tool-rules.ts';
import { defined } from '../../contract/shared/defined.ts';
import type { ProfileSection } from '../profile-section.ts';

/** Longest text for the system prompt, in characters: the kernel takes no argument above 128 KiB. */
const MAX_PROMPT = 30_000;

const prompt = z
  .string()
  .min(1)
  .max(MAX_PROMPT)
  .refine((text) => !text.includes('\0'), 'must not contain NUL');

/** `claude` in a profile.yml. */
const ClaudeFile = z.strictObject({
  model: ModelName.optional(),
  fallback_model: z
    .string()
    .refine(
      (names) => names.split(',').every((name) => ModelName.safeParse(name.trim()).success),
      'must be models separated by commas',
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
  tools: toolNames.optional().describe('The built-in tools that the agent has; all of them when absent.'),
  allowed_tools: toolRules.optional(),
  disallowed_tools: toolRules.optional(),
  agent: z
    .string()
    .regex(/^[a-z0-9][\w:-]*$/i, 'must be the name of an agent, such as one of .claude/agents/')
    .optional()
    .describe('Agent that works on the task.'),
  system_prompt: prompt.optional().describe("Replaces Claude Code's own."),
  append_system_prompt: prompt.optional().describe("Added to the system prompt, before the repository's CLAUDE.md."),
  add_dir: z
    .array(z.string().refine((path) => isAbsolute(path) && !path.includes('\0'), 'must be an absolute path'))
    .optional()
    .describe('Additional directories that the agent may read.'),
  autocompact: z
    .union([z.literal('auto'), z.number().int().min(100_000).max(100_000_000)], 'must be auto, or tokens from 100000')
    .optional(),
  betas: z.array(z.string().regex(/^[a-z0-9][\w.-]*$/i, 'must be the name of a beta')).optional(),
  disable_slash_commands: z.boolean().optional().describe('Switch off skills and commands.'),
  exclude_dynamic_system_prompt_sections: z.boolean().optional(),
  timeout: z.number().int().min(1).max(MAX_TIMEOUT_S).optional().describe('Seconds.'),
  output_format: z
    .enum(['json', 'text', 'stream-json'])
    .optional()
    .describe('Accepted without effect; output is always streamed.'),
  no_session_persistence: z
    .boolean()
    .optional()
    .describe('Accepted without effect; sessions are always stored, so that they can be resumed.'),
  verbose: z.boolean().optional().describe('Accepted without effect; output is always complete.'),
  worktree: z.boolean().optional().describe('Accepted without effect; a job always has a worktree of its own.'),
});

export type ClaudeFileSection = z.infer<typeof ClaudeFile>;

/** Fields that are not for the command line. */
const ELSEWHERE = ['timeout', 'output_format', 'no_session_persistence', 'verbose', 'worktree'] as const;
type Elsewhere = (typeof ELSEWHERE)[number];

/** Fields that add up along the line of parents. */
const LISTS = ['allowed_tools', 'disallowed_tools', 'add_dir', 'betas'] as const;
type Lists = (typeof LISTS)[number];

/** What a profile says of Claude Code, with everything it takes from its parents. */
export type ClaudeSettings = Omit<ClaudeFileSection, Elsewhere | Lists | 'permission_mode'> &
  Record<Lists, string[]> & { permission_mode: NonNullable<ClaudeFileSection['permission_mode']> };

/** Flags of Claude Code that are not fields, and what to write instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  agents: 'put agents into .claude/agents/',
  dangerously_skip_permissions: 'say permission_mode: bypassPermissions',
  mcp_config: 'put MCP servers into .mcp.json',
  setting_sources: 'say trust_repo',
  settings: 'put settings into .claude/settings.json',
  strict_mcp_config: 'say trust_repo',
};

/** Flags that agenticore sets itself, or that make no sense in a job. */
const OURS = new Set(
  'bare bg background brief chrome cloud continue debug debug_file environment file fork_session forward_subagent_text ide \
include_hook_events include_partial_messages input_format json_schema name permission_prompts \
permission_prompt_tool plugin_dir plugin_url print prompt_suggestions remote_control replay_user_messages restricted resume \
safe_mode session_id system_prompt_snapshot teleport tmux'.split(/\s+/),
);

/** Tools that change nothing. */
const READING = ['Read', 'Glob', 'Grep'];

export const claudeSection: ProfileSection<ClaudeFileSection, ClaudeSettings> = {
  schema: ClaudeFile,
  insteadOf: (field) => {
    const name = field.replaceAll('-', '_');
    if (Object.hasOwn(INSTEAD, name)) return `is not a field of a profile: ${INSTEAD[name] ?? ''}`;
    return OURS.has(name)
      ? 'cannot be set in a profile: agenticore sets this flag itself or does not use it'
      : undefined;
  },
  combine: (files) => {
    const { permission_mode, ...said } = files.reduce((earlier, later) => ({ ...earlier, ...later }), {});
    for (const field of ELSEWHERE) delete said[field];
    const lists = LISTS.map((list) => [list, [...new Set(files.flatMap((file) => file[list] ?? []))]] as const);
    return {
      ...said,
      ...(Object.fromEntries(lists) as Record<Lists, string[]>),
      // Nobody is there to answer a prompt.
      permission_mode: permission_mode ?? 'bypassPermissions',
    };
  },
  timeoutOf: (files) => files.findLast(({ timeout }) => timeout !== undefined)?.timeout ?? null,
  override: (
    { fallback_model, ...settings },
    { model = settings.model, max_budget_usd = settings.max_budget_usd },
  ) => ({
    ...settings,
    ...defined({
      model,
      // The CLI refuses a fallback to the model itself.
      fallback_model: fallback_model === model ? undefined : fallback_model,
      max_budget_usd,
    }),
  }),
  // An agent of the profile's own could bring servers and hooks.
  readOnly: ({ agent: _agent, ...settings }) => ({
    ...settings,
    tools: READING,
    allowed_tools: [],
    permission_mode: 'plan',
  }),
  withoutTools: ({ agent: _agent, ...settings }) => ({ ...settings, tools: [], allowed_tools: [] }),
  facts: ({ model = null, max_turns = null, permission_mode, effort = null }) => ({
    model,
    max_turns,
    permission_mode,
    effort,
  }),
};
