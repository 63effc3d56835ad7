import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Config } from '../../config/index.ts';
import { AUTO_PROFILE } from '../../contract/workflow/names.ts';
import type { FileProblem } from '../../contract/shared/file-problem.ts';
import type { ResolvedProfile } from '../../profiles/profile.ts';
import { oneLine, toJson } from '../output/sanitize.ts';
import { print, say } from '../output/streams.ts';
import { count } from '../output/format.ts';
import { onMachine } from '../command.ts';

/** `agenticore profiles check`: every error in the profiles of this machine. */
export function registerCheck(profiles: Command): void {
  const command = profiles
    .command('check')
    .description('Check the profiles of this machine, and the profile names in config.yml');
  onMachine(command, check);
}

async function check({ json }: { json: boolean }): Promise<void> {
  const { explainConfig, profileDirectories } = await import('../../config/index.ts');
  const { checkProfiles } = await import('../../profiles/check.ts');
  const { describeProblem } = await import('../../contract/shared/file-problem.ts');
  const { createAgents } = await import('../../runners/agents.ts');
  const { tryProfile } = await import('../../runners/try-profile.ts');
  const { config, file } = explainConfig();
  const agents = createAgents(config);
  const directories = profileDirectories(config);
  const { profiles, problems } = await checkProfiles(directories, config.defaultAgent, (profile) =>
    tryProfile(agents, profile),
  );
  const all: FileProblem[] = [...problems, ...(await missing(config, file, profiles))];
  if (all.length > 0) process.exitCode = 1;
  if (json) {
    const names = profiles.map(({ name }) => name);
    return print(toJson({ success: all.length === 0, directories, profiles: names, problems: all }));
  }
  for (const line of new Set(all.map(describeProblem))) print(oneLine(line));
  say(`${count(profiles.length, 'valid profile')} in ${oneLine(directories.join(', '))}.`);
}

/** Names in the configuration that are not those of valid profiles. */
async function missing(config: Config, file: string, profiles: ResolvedProfile[]): Promise<FileProblem[]> {
  const { readYaml } = await import('../../contract/http/yaml-text.ts');
  const yaml = readYaml(await readFile(file, 'utf8').catch(() => ''));
  const named = [
    { name: config.defaultProfile, path: ['default_profile'] },
    ...config.routes.map(({ profile }, index) => ({ name: profile, path: ['routes', index, 'profile'] })),
  ];
  return named
    .filter(({ name }) => name !== AUTO_PROFILE && !profiles.some((profile) => profile.name === name))
    .map(({ name, path }) => ({
      file,
      line: yaml.lineOf(path),
      field: path.join('.'),
      message: `names "${name}", which is not a usable profile`,
    }));
}
