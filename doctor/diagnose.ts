import { profileDirectories, type Config } from '../config/index.ts';
import { checkProfiles } from '../profiles/check.ts';
import type { Profiles } from '../profiles/profile.ts';
import { createAgents } from '../runners/agents.ts';
import { tryProfile } from '../runners/try-profile.ts';
import { missingFiles, namedProfiles } from './check-references.ts';
import { fail, ok, warn, type Check } from './check.ts';
import { checkDisks, checkSandbox, checkToolchains } from './machine.ts';
import { checkAgents, checkGit, checkGitLfs, checkLogin, checkToken } from './programs.ts';
import { checkSigning } from './signing.ts';
import { checkEnginePorts, checkPort, checkRedis, checkTemporal } from './services.ts';

/**
 * Looks whether jobs can run on this machine with this configuration; starts nothing, changes nothing, asks no model.
 * Everything is looked at at once; what is found comes in a fixed order.
 */
export async function* diagnose(config: Config): AsyncGenerator<Check, void> {
  const agents = createAgents(config);
  const found = checkProfiles(profileDirectories(config), config.defaultAgent, (profile) =>
    tryProfile(agents, profile),
  );
  const { profiles } = await found;
  const looks: Promise<Check | Check[]>[] = [
    configuration(config),
    checkGit(),
    checkGitLfs(),
    checkAgents(config, profiles),
    Promise.resolve(checkLogin(agents[config.defaultAgent], profiles)),
    Promise.resolve(checkToken(config)),
    checkTemporal(config),
    checkEnginePorts(config),
    checkPort(config),
    checkRedis(config),
    checkSandbox(profiles),
    checkSigning(config, profiles),
    checkToolchains(),
    ...checkDisks(config),
    found.then((all) => checkNames(config, all)),
  ];
  for (const look of await Promise.allSettled(looks)) {
    if (look.status === 'fulfilled') yield* [look.value].flat();
    else yield fail('internal', String(look.reason), 'Report it.');
  }
}

async function configuration(config: Config): Promise<Check> {
  const missing = await missingFiles(config);
  if (missing.length > 0)
    return fail('configuration', missing.join(' '), 'Correct or remove it: agenticore does not start with it.');
  const { warnings } = config;
  if (warnings.length > 0) return warn('configuration', warnings.join(' '), 'Unset the variables that have no effect.');
  return ok('configuration', 'every setting is valid');
}

function checkNames(config: Config, { profiles, problems }: Profiles): Check {
  const names = profiles.map(({ name }) => name);
  const missing = namedProfiles(config).flatMap(({ profile }) => (names.includes(profile) ? [] : profile));
  const remedy = 'See: agenticore profiles check';
  if (missing.length > 0)
    return fail('profiles', `The configuration names some that cannot be used: ${missing.join(', ')}.`, remedy);
  if (problems.length > 0) return warn('profiles', `${problems.length} errors make some of them unusable.`, remedy);
  return ok('profiles', names.join(', '));
}
