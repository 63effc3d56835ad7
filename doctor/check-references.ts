import { stat } from 'node:fs/promises';
import type { Config } from '../config/index.ts';
import { profileDirectories } from '../config/index.ts';
import { Failure } from '../contract/shared/failures.ts';
import { describeProblem } from '../contract/shared/file-problem.ts';
import type { Logger } from '../contract/shared/logger.ts';
import { AUTO_PROFILE } from '../contract/workflow/names.ts';
import { loadProfiles } from '../profiles/load.ts';
import { readDefaultMcpFile } from '../profiles/mcp-file.ts';
import type { Profiles } from '../profiles/profile.ts';
import { brokenKeys } from './signing.ts';

/** A profile that the configuration names, and where. */
interface Named {
  profile: string;
  by: string;
}

/** Every profile that the configuration names. */
export function namedProfiles({ defaultProfile, routes }: Config): Named[] {
  const rules = routes.map(({ profile }, index) => ({
    profile,
    by: `rule ${index + 1} of routes in config.yml`,
  }));
  return [{ profile: defaultProfile, by: 'AGENTICORE_DEFAULT_PROFILE' }, ...rules].filter(
    ({ profile }) => profile !== AUTO_PROFILE,
  );
}

/** A sentence for each file or directory that a setting names and that is not there, or is something else. */
export async function missingFiles(config: Config): Promise<string[]> {
  const { agentihooksPath, claudeConfigDir, codexConfigDir, mcpFilesDir, defaultMcpFile } = config;
  const sentences = await Promise.all([
    noDirectory('AGENTICORE_AGENTIHOOKS_PATH', agentihooksPath),
    noDirectory('AGENTICORE_CLAUDE_CONFIG_DIR', claudeConfigDir),
    noDirectory('AGENTICORE_CODEX_CONFIG_DIR', codexConfigDir),
    noDirectory('AGENTICORE_MCP_FILES_DIR', mcpFilesDir),
    brokenKeys(config),
    defaultMcpFile === undefined ? [] : readDefaultMcpFile(defaultMcpFile).then(() => [], sentenceOf),
  ]);
  return sentences.flat();
}

async function noDirectory(variable: string, path: string | undefined): Promise<string[]> {
  if (path === undefined) return [];
  const isDirectory = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return isDirectory ? [] : [`${variable} must name a directory; ${path} is not one.`];
}

const sentenceOf = (error: unknown): string[] => {
  if (error instanceof Failure) return [error.message];
  throw error;
};

/**
 * Throws one `invalid_config` with a sentence for everything that the settings name and that is not there: it would
 * fail each job. A profile that is there and has a mistake may be about to be mended, and is warned of.
 */
export async function checkReferences(config: Config, log: Logger): Promise<void> {
  const { profiles, problems } = await loadProfiles(profileDirectories(config), config.defaultAgent);
  for (const problem of problems) log.warn({}, describeProblem(problem));
  const missing = missingProfiles(config, { profiles, problems });
  const all = [...(await missingFiles(config)), ...missing];
  if (all.length > 0) throw new Failure('invalid_config', all.join('\n'));
}

function missingProfiles(config: Config, { profiles, problems }: Profiles): string[] {
  const known = new Set([...profiles.map(({ name }) => name), ...problems.map(({ profile }) => profile)]);
  const names = profiles.map(({ name }) => name).join(', ');
  return namedProfiles(config)
    .filter(({ profile }) => !known.has(profile))
    .map(({ profile, by }) => `${by} names the profile "${profile}", which does not exist. There are: ${names}.`);
}
