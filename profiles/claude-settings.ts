import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { MAX_TIMEOUT_S, ModelName } from '../contract/http/job-request.ts';

/** Longest text for the system prompt, in characters: the kernel takes no argument above 128 KiB. */
const MAX_PROMPT = 30_000;

/** These become arguments of a command line, so none may look like an option. */
const TOOL = /^[a-z]\w*$/i;
const TOOL_RULE = /^[a-z][\w*-]*(\([^\n\0]*\))?$/i;

/** A list, or as the CLI takes it: one text with commas, of which those in parentheses do not count. */
const listOf = (name: RegExp, what: string): z.ZodType<string[]> =>
  z
    .union([z.array(z.string()), z.string().transform((text) => text.split(/,(?![^(]*\))/).map((rule) => rule.trim()))])
    .refine((rules) => rules.every((rule) => name.test(rule)), what);
export const toolRules = listOf(TOOL_RULE, 'must list tools, such as Read or Bash(git *)');

const prompt = z
  .string()
  .min(1)
  .max(MAX_PROMPT)
  .refine((text) => !text.includes('\0'), 'must not contain NUL');

/** What a profile may say of Claude Code: `claude` in a profile.yml. */
export const ClaudeSettings = z.strictObject({
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
  tools: listOf(TOOL, 'must list built-in tools, such as Read')
    .optional()
    .describe('The built-in tools that the agent has; all of them when absent.'),
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

/** Flags of Claude Code that are no fields, and what there is instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  agents: 'put agents into .claude/agents/',
  dangerously_skip_permissions: 'say permission_mode: bypassPermissions',
  mcp_config: 'put MCP servers into .mcp.json',
  setting_sources: 'say trust_repo',
  settings: 'put settings into .claude/settings.json',
  strict_mcp_config: 'say trust_repo',
};

/** Flags that a job has from agenticore, or that have no sense in one. */
const OURS = new Set(
  'bare bg background brief chrome cloud continue debug debug_file environment file fork_session forward_subagent_text ide \
include_hook_events include_partial_messages input_format json_schema name permission_prompts \
permission_prompt_tool plugin_dir plugin_url print prompt_suggestions remote_control replay_user_messages restricted resume \
safe_mode session_id system_prompt_snapshot teleport tmux'.split(/\s+/),
);

/** Why `field` of `claude` cannot be there. */
export function refusalOf(field: string): string {
  const name = field.replaceAll('-', '_');
  if (Object.hasOwn(INSTEAD, name)) return `is not a field of a profile: ${INSTEAD[name] ?? ''}`;
  if (OURS.has(name)) return 'cannot be set in a profile: agenticore sets this flag itself or does not use it';
  return 'is not a field of a profile';
}
