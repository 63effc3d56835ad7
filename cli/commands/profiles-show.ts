import type { Command } from 'commander';
import { sanitize, toJson } from '../output/sanitize.ts';
import { colors } from '../output/format.ts';
import { print } from '../output/streams.ts';
import { onMachine } from '../command.ts';

/** `agenticore profiles show`: a profile merged with its parents, and how it starts its agent. */
export function registerProfilesShow(profiles: Command): void {
  const command = profiles
    .command('show')
    .description('Show a profile of this machine, merged with its parents, and how it starts its agent')
    .argument('<name>', 'name of the profile');
  onMachine(command, ({ json, args }) => show(args[0] ?? '', json));
}

/** Placeholders for what differs from job to job. */
const JOB = { config: '<config dir>', session: '<session id>', worktree: '<worktree>' };

async function show(name: string, json: boolean): Promise<void> {
  const { loadConfig, profileDirectories } = await import('../../config/index.ts');
  const { loadProfiles } = await import('../../profiles/load.ts');
  const { mergedText, resolveProfile } = await import('../../profiles/resolve.ts');
  const { createAgents } = await import('../../runners/agents.ts');
  const { tryProfile } = await import('../../runners/try-profile.ts');
  const config = loadConfig();
  const found = resolveProfile(await loadProfiles(profileDirectories(config), config.defaultAgent), name);
  const agents = createAgents(config);
  const { paths, invocation, configDir } = await tryProfile(agents, found);
  const profile = { ...found, timeout_s: found.timeout_s ?? config.agentTimeout };
  const args = invocation.args.map((arg) => arg.replace(configDir, JOB.config));
  const { command, env } = agents[profile.agent].describe({ ...invocation, args }, JOB);
  if (json)
    return print(toJson({ success: true, profile, files: paths, invocation: { command, cwd: JOB.worktree, env } }));
  const parts = [
    [`# ${name}, from ${profile.files.join(', ')}`, mergedText(profile)],
    ['# Files in the configuration directory of the agent', ...paths],
    [`# Run in ${JOB.worktree}, with the task on stdin`, shellLine(command, env)],
  ];
  print(
    parts.map(([head = '', ...lines]) => [colors.dim(sanitize(head)), ...lines.map(sanitize)].join('\n')).join('\n\n'),
  );
}

/** The command as a person could type it, a flag on each line. */
function shellLine(command: readonly string[], env: Readonly<Record<string, string>>): string {
  const words = command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word)));
  const variables = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`);
  return [...variables, ...words].join(' ').replaceAll(/ (?='?-)/g, ' \\\n  ');
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
