import type { Command } from 'commander';
import type { ResolvedProfile } from '../../profiles/profile.ts';
import { sanitize, toJson } from '../output/sanitize.ts';
import { colors } from '../output/format.ts';
import { print } from '../output/streams.ts';
import { onMachine } from '../command.ts';

/** `agenticore profiles show`: a profile merged with its parents, and how it starts Claude Code. */
export function registerProfilesShow(profiles: Command): void {
  const command = profiles
    .command('show')
    .description('Show a profile of this machine, merged with its parents, and how it starts Claude Code')
    .argument('<name>', 'name of the profile');
  onMachine(command, ({ json, args }) => show(args[0] ?? '', json));
}

/** Placeholders for what differs from job to job. */
const JOB = { config: '<config dir>', session: '<session id>', worktree: '<worktree>' };

async function show(name: string, json: boolean): Promise<void> {
  const { loadConfig, profileDirectories } = await import('../../config/index.ts');
  const { loadProfiles } = await import('../../profiles/load.ts');
  const { resolveProfile } = await import('../../profiles/resolve.ts');
  const { tryFiles } = await import('../../profiles/check.ts');
  const config = loadConfig();
  const found = resolveProfile(await loadProfiles(profileDirectories(config)), name);
  const { paths, hasServers } = await tryFiles(found);
  const profile = { ...found, timeout_s: found.timeout_s ?? config.claudeTimeout };
  const command = [config.claudeBinary, ...(await argumentsOf(profile, hasServers))];
  const invocation = { command, cwd: JOB.worktree, env: { CLAUDE_CONFIG_DIR: JOB.config } };
  if (json) return print(toJson({ success: true, profile, files: paths, invocation }));
  const { stringify } = await import('yaml');
  const merged = Object.entries(profile).filter(([field]) => field !== 'files' && field !== 'folders');
  const parts = [
    [`# ${name}, from ${profile.files.join(', ')}`, stringify(Object.fromEntries(merged)).trimEnd()],
    ['# Files in the configuration directory of the agent', ...paths],
    [`# Run in ${JOB.worktree}, with the task on stdin`, shellLine(command)],
  ];
  print(
    parts.map(([head = '', ...lines]) => [colors.dim(sanitize(head)), ...lines.map(sanitize)].join('\n')).join('\n\n'),
  );
}

async function argumentsOf(profile: ResolvedProfile, hasServers: boolean): Promise<string[]> {
  const { cliArgs } = await import('../../profiles/cli-args.ts');
  const { claudeArgs } = await import('../../runners/claude/args.ts');
  const args = cliArgs(profile, hasServers ? `${JOB.config}/mcp.json` : null);
  // Always shown, though a job has it only where the profile or the repository's CLAUDE.md has something to say.
  return claudeArgs({ resume: false, session_id: JOB.session, args }, `${JOB.config}/append-system-prompt.md`);
}

/** The command as a person could type it, a flag on each line. */
function shellLine(command: readonly string[]): string {
  const words = command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`));
  return [`CLAUDE_CONFIG_DIR='${JOB.config}'`, ...words].join(' ').replaceAll(/ (?='?-)/g, ' \\\n  ');
}
