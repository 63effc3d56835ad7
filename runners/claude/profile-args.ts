import type { AgentProfile } from '../agent.ts';
import type { ClaudeSettings } from './profile-section.ts';

/**
 * The flag of Claude Code for each field of a profile. The text for the system prompt has none: it goes into one file
 * with the repository's instructions.
 */
const FLAGS = {
  model: '--model',
  fallback_model: '--fallback-model',
  max_turns: '--max-turns',
  max_budget_usd: '--max-budget-usd',
  effort: '--effort',
  permission_mode: '--permission-mode',
  tools: '--tools',
  allowed_tools: '--allowedTools',
  disallowed_tools: '--disallowedTools',
  agent: '--agent',
  system_prompt: '--system-prompt',
  add_dir: '--add-dir',
  autocompact: '--autocompact',
  betas: '--betas',
  disable_slash_commands: '--disable-slash-commands',
  exclude_dynamic_system_prompt_sections: '--exclude-dynamic-system-prompt-sections',
} as const satisfies Record<Exclude<keyof ClaudeSettings, 'append_system_prompt'>, string>;

/** Of these each value is an argument of its own. */
const REPEATED: ReadonlySet<string> = new Set(['add_dir', 'betas']);

/**
 * What a profile adds to the command line of Claude Code, after the runner's own flags: the CLI takes the last of a
 * repeated flag. `mcpConfig` is the file with its MCP servers. Each is one `--flag=value`, so that no value can be
 * taken for a flag.
 */
export function profileArgs(
  { claude, trust_repo }: Pick<AgentProfile, 'claude' | 'trust_repo'>,
  mcpConfig: string | null = null,
): string[] {
  const keys = Object.keys(FLAGS) as (keyof typeof FLAGS)[];
  const flags = keys.flatMap((key) => {
    const value = claude[key];
    if (value === undefined || value === false) return [];
    if (value === true) return [FLAGS[key]];
    if (Array.isArray(value) && REPEATED.has(key)) return value.map((one) => `${FLAGS[key]}=${one}`);
    // An empty list of tools means no tools; an empty list of rules means nothing.
    const silent = key !== 'tools' && Array.isArray(value) && value.length === 0;
    return silent ? [] : [`${FLAGS[key]}=${String(value)}`];
  });
  const trust = trust_repo ? ['--setting-sources=user,project,local'] : [];
  return [...flags, ...trust, ...(mcpConfig === null ? [] : [`--mcp-config=${mcpConfig}`])];
}

/**
 * What counts where tool calls are asked for: a mode that asks for what no rule allows, and the rules. The CLI itself
 * tells whether a call fits a rule: it reads the commands of a shell.
 */
export function askingArgs({ claude, approvals }: Pick<AgentProfile, 'claude' | 'approvals'>): string[] {
  const { allow, ask, deny } = approvals;
  return [
    ...(claude.permission_mode === 'bypassPermissions' ? ['--permission-mode=default'] : []),
    ...(allow.length + ask.length + deny.length === 0
      ? []
      : [`--settings=${JSON.stringify({ permissions: { allow, ask, deny } })}`]),
  ];
}
