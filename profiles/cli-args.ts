import type { ResolvedProfile } from './profile.ts';

/** Which flag of Claude Code says what a profile says. */
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
} as const satisfies Record<keyof ResolvedProfile['claude'], string>;

/**
 * What a profile adds to the command line of Claude Code, after the runner's own flags: of a repeated flag the CLI takes
 * the last. Each is one `--flag=value`, so that no value can be taken for a flag, nor what follows for a value.
 */
export function cliArgs({ claude, trust_repo }: ResolvedProfile): string[] {
  const keys = Object.keys(FLAGS) as (keyof typeof FLAGS)[];
  const flags = keys.flatMap((key) => {
    const value = claude[key];
    // Without tools there are none; without rules there is nothing to say.
    const silent = value === undefined || (key !== 'tools' && Array.isArray(value) && value.length === 0);
    return silent ? [] : [`${FLAGS[key]}=${String(value)}`];
  });
  return trust_repo ? [...flags, '--setting-sources=user,project,local'] : flags;
}
