import { lstat, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defined } from '../../contract/shared/defined.ts';
import { mergeJson, type JsonObject } from '../../contract/shared/merge-json.ts';
import type { AgentProfile, Invocation, ServerFiles } from '../agent.ts';
import { filesBelow, readRegular, serverFilesIn } from '../profile-files.ts';
import { appServerArgs } from './extra-args.ts';
import { codexServers } from './mcp-servers.ts';
import type { CodexOptions } from './options.ts';
import { ROLLOUTS, THREADS } from './sessions.ts';
import { settingsText } from './settings-file.ts';
import { checkRules } from './tool-rules.ts';

const SETTINGS = 'config.toml';
const FOLDERS = ['skills', 'rules'];

/** What a profile may bring in its .codex/ folder: settings of Codex's own, skills and rules. */
export const HOME_PARTS: readonly string[] = [SETTINGS, ...FOLDERS];

/** File in the configuration directory with the MCP servers of the run. */
export const SERVERS_FILE = 'mcp_servers.json';

interface BaseSettings {
  baseDir?: string | undefined;
  profile?: string | undefined;
  extraArgs?: readonly string[];
}

/**
 * Makes `configDir` the agent's CODEX_HOME: what counts of `baseDir`, then the .codex/ folders of the profile's parents
 * and of itself, of which the later wins by file, but config.toml is merged. Everything else there, except transcripts,
 * is removed.
 */
export async function materialize(
  profile: AgentProfile,
  configDir: string,
  servers: ServerFiles | null,
  { baseDir, ...base }: BaseSettings,
): Promise<Invocation> {
  refuseRules(profile);
  const { developer_instructions = null, extra_args, profile: name = base.profile, ...section } = profile.codex;
  await clear(configDir);
  const parts = [
    ...(baseDir === undefined ? [] : [baseDir]),
    ...profile.folders.map((folder) => join(folder, '.codex')),
  ];
  for (const folder of parts) await copyParts(folder, configDir);
  // A plan has no servers, so no settings either: they could name some.
  const settings = servers === null ? '' : await settingsText(profile.folders, { baseDir, name });
  if (settings !== '') await put(join(configDir, SETTINGS), settings);
  const found = servers === null ? {} : await serversOf(profile, servers);
  await put(join(configDir, SERVERS_FILE), JSON.stringify(found));
  const words = servers === null ? [] : [...(base.extraArgs ?? []), ...extra_args];
  const { args, warnings } = appServerArgs(words);
  const { trust_repo, permissions, approvals } = profile;
  const options: Partial<CodexOptions> = { ...defined(section), trust_repo, permissions, approvals, warnings };
  return { args, env: {}, instructions: developer_instructions, readable: [], options };
}

/** What cannot be kept must not be passed over; what is allowed without being asked for is no promise. */
function refuseRules({ permissions, approvals }: AgentProfile): void {
  checkRules('settings.permissions.deny', permissions.deny);
  checkRules('approvals.deny', approvals.deny);
  checkRules('approvals.ask', approvals.ask);
}

async function serversOf(profile: AgentProfile, { every, more }: ServerFiles): Promise<JsonObject> {
  const files = [
    ...(every === undefined ? [] : [{ object: every, path: 'the servers of every job' }]),
    ...(await serverFilesIn(profile.folders)),
    ...(more === undefined ? [] : [{ object: more, path: "the job's own servers" }]),
  ];
  return files.map(({ object, path }) => codexServers(object.mcpServers as JsonObject, path)).reduce(mergeJson, {});
}

async function copyParts(folder: string, configDir: string): Promise<void> {
  for (const part of FOLDERS)
    for (const path of await filesBelow(join(folder, part), `${part}/`)) {
      const { bytes, executable } = await readRegular(join(folder, path));
      await rm(join(configDir, path), { force: true });
      await put(join(configDir, path), bytes, executable ? 0o700 : 0o600);
    }
}

async function put(path: string, content: Buffer | string, mode = 0o600): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, content, { flag: 'wx', mode });
}

/** An agent may have written here: a link it left is removed, not followed. */
async function clear(configDir: string): Promise<void> {
  const found = await lstat(configDir).catch(() => null);
  if (found?.isDirectory() === false) await rm(configDir);
  await mkdir(configDir, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(configDir, { withFileTypes: true })) {
    if ([ROLLOUTS, THREADS].includes(entry.name) && entry.isDirectory()) continue;
    await rm(join(configDir, entry.name), { recursive: true, force: true });
  }
}
