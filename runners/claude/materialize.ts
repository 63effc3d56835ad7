import { lstat, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mergeJson, type JsonObject } from '../../contract/shared/merge-json.ts';
import type { AgentProfile, Invocation, ServerFiles } from '../agent.ts';
import { exists } from '../../processes/path-exists.ts';
import { filesBelow, jsonIn, readRegular, serverFilesIn } from '../profile-files.ts';
import { askingArgs, profileArgs } from './profile-args.ts';
import { TRANSCRIPTS } from './sessions.ts';

/** What a configuration directory gives to every profile; the rest there is a person's own, such as credentials. */
const MEMORY = 'CLAUDE.md';
const BASE_FILES = [MEMORY, 'settings.json'];
const BASE_FOLDERS = ['agents', 'commands', 'skills'];

/** File in the configuration directory with what is added to the system prompt. */
export const APPENDED_PROMPT = 'append-system-prompt.md';

/**
 * Makes `configDir` the agent's CLAUDE_CONFIG_DIR: what counts of `baseDir`, then CLAUDE.md and the .claude/ folders of
 * the profile's parents and of itself, of which the later wins by file, but settings.json and .mcp.json are merged.
 * Everything else there, except transcripts, is removed.
 */
export async function materialize(
  profile: AgentProfile,
  configDir: string,
  servers: ServerFiles | null,
  baseDir?: string,
): Promise<Invocation> {
  await clear(configDir);
  for (const [path, source] of await filesOf(profile, baseDir)) {
    if (path === 'settings.json' || path.split('/')[0] === TRANSCRIPTS) continue;
    const { bytes, executable } = await readRegular(source);
    await put(join(configDir, path), bytes, executable ? 0o700 : 0o600);
  }
  const permissions = { allow: profile.permissions.allow, deny: profile.permissions.deny };
  const base = baseDir === undefined ? [] : await jsonIn([baseDir], 'settings.json');
  const own = await jsonIn(profile.folders, '.claude/settings.json');
  const settings = [...[...base, ...own].map(({ object }) => object), { permissions }].reduce(mergeJson);
  await put(join(configDir, 'settings.json'), text(settings));
  const mcpConfig = servers === null ? null : await putServers(profile, configDir, servers);
  const { append_system_prompt = null, add_dir } = profile.claude;
  const args = profileArgs(profile, mcpConfig);
  return { args, asking: askingArgs(profile), env: {}, instructions: append_system_prompt, readable: add_dir };
}

/** Where the files come from, by their paths in the configuration directory. */
async function filesOf({ folders }: AgentProfile, baseDir: string | undefined): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const add = async (folder: string, prefix = ''): Promise<void> => {
    for (const path of await filesBelow(folder)) files.set(`${prefix}${path}`, join(folder, path));
  };
  if (baseDir !== undefined) {
    for (const name of BASE_FILES) if (await exists(join(baseDir, name))) files.set(name, join(baseDir, name));
    for (const name of BASE_FOLDERS) await add(join(baseDir, name), `${name}/`);
  }
  for (const folder of folders) {
    const memory = join(folder, MEMORY);
    if (await exists(memory)) files.set(MEMORY, memory);
    await add(join(folder, '.claude'));
  }
  return files;
}

/** Path of the file with the MCP servers; null where there are none. */
async function putServers(
  profile: AgentProfile,
  configDir: string,
  { every, more }: ServerFiles,
): Promise<string | null> {
  const own = (await serverFilesIn(profile.folders)).map(({ object }) => object);
  const servers = [every, ...own, more].filter((each) => each !== undefined);
  if (servers.length === 0) return null;
  const path = join(configDir, 'mcp.json');
  await put(path, text(servers.reduce(mergeJson)));
  return path;
}

/** An agent may have written here: a link it left is removed, not followed. */
async function clear(configDir: string): Promise<void> {
  const found = await lstat(configDir).catch(() => null);
  if (found?.isDirectory() === false) await rm(configDir);
  await mkdir(configDir, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(configDir, { withFileTypes: true })) {
    if (entry.name === TRANSCRIPTS && entry.isDirectory()) continue;
    await rm(join(configDir, entry.name), { recursive: true, force: true });
  }
}

async function put(path: string, content: Buffer | string, mode = 0o600): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, content, { flag: 'wx', mode });
}

const text = (value: JsonObject): string => `${JSON.stringify(value, null, 2)}\n`;
