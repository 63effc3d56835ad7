import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { profileArgs } from '../../../runners/claude/profile-args.ts';
import { loadProfiles } from '../../../profiles/load.ts';
import { resolveProfile } from '../../../profiles/resolve.ts';
import { CLAUDE } from '../../support/model-agent.ts';
import { createProfileFolder } from '../../support/profile-folder.ts';

async function argsOf(yaml: string): Promise<string[]> {
  const folder = createProfileFolder();
  folder.write({ 'x.yml': yaml });
  try {
    return profileArgs(resolveProfile(await loadProfiles([folder.root]), 'x'));
  } finally {
    folder.remove();
  }
}

const everything = `
claude:
  model: us.anthropic.claude-sonnet-4-v1:0
  fallback_model: haiku,sonnet
  max_turns: 3
  max_budget_usd: 2.5
  effort: high
  permission_mode: dangerously-skip-permissions
  tools: [Read, Bash]
  allowed_tools: ["Bash(git *)", "mcp__srv__*"]
  disallowed_tools: "Bash(rm -rf *),WebFetch"
  agent: oracle
  system_prompt: Be brief
  append_system_prompt: in a file instead
  add_dir: [/usr/share, "/opt/a,b"]
  autocompact: auto
  betas: [context-1m-2025-08-07]
  disable_slash_commands: true
  exclude_dynamic_system_prompt_sections: true
  verbose: true
  no_session_persistence: true
  output_format: json
  worktree: true
  timeout: 5
trust_repo: true
`;

test('each setting becomes one argument; what is the orchestrator`s own becomes none', async () => {
  expect(await argsOf(everything)).toEqual([
    '--model=us.anthropic.claude-sonnet-4-v1:0',
    '--fallback-model=haiku,sonnet',
    '--max-turns=3',
    '--max-budget-usd=2.5',
    '--effort=high',
    '--permission-mode=bypassPermissions',
    '--tools=Read,Bash',
    '--allowedTools=Bash(git *),mcp__srv__*',
    '--disallowedTools=Bash(rm -rf *),WebFetch',
    '--agent=oracle',
    '--system-prompt=Be brief',
    '--add-dir=/usr/share',
    '--add-dir=/opt/a,b',
    '--autocompact=auto',
    '--betas=context-1m-2025-08-07',
    '--disable-slash-commands',
    '--exclude-dynamic-system-prompt-sections',
    '--setting-sources=user,project,local',
  ]);
});

test('an empty profile says only that nobody answers prompts, and no tools are not all tools', async () => {
  expect(await argsOf('')).toEqual(['--permission-mode=bypassPermissions']);
  expect(await argsOf('claude: {tools: []}')).toEqual(['--permission-mode=bypassPermissions', '--tools=']);
});

test('Claude Code knows every flag', async () => {
  const help = execFileSync(CLAUDE, ['--help'], { encoding: 'utf8' });
  // Not in the help; an unknown flag ends the CLI before it asks the model, as the agent tests would show.
  const undocumented = ['--max-turns'];
  for (const argument of await argsOf(everything)) {
    const [flag = ''] = argument.split('=');
    if (!undocumented.includes(flag)) expect(help).toMatch(new RegExp(`${flag}[ ,\\n]`));
  }
});
