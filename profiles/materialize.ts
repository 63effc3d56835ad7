import { lstat, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import { filesBelow, invalidFile, readRegular } from './files.ts';
import { parseObject } from './json-file.ts';
import { isObject, mergeJson } from './merge-json.ts';
import type { JsonObject } from './merge-json.ts';
import type { ResolvedProfile } from './profile.ts';

/** Transcripts of the agent's sessions; they outlive the profile. */
const TRANSCRIPTS = 'projects';

/** MCP servers of a profile. */
const SERVERS = '.mcp.json';

/** Where the profile's MCP servers stand; null when it has none. */
export interface MaterializedProfile {
  mcp_config: string | null;
}

/**
 * Makes `configDir` what the agent gets as CLAUDE_CONFIG_DIR: the .claude/ of the profile's parents and of itself, of
 * which the later wins by file, but settings.json and .mcp.json are merged. Whatever else was there, but transcripts, is
 * removed. Of the .mcp.json files `every`, which all jobs have, comes first and `more`, the job's own, last. Throws `invalid_profile` where the profile has a symbolic link, a special file or damaged JSON.
 */
export async function materialize(
  profile: ResolvedProfile,
  configDir: string,
  { every, more }: { every?: JsonObject | undefined; more?: JsonObject | undefined } = {},
): Promise<MaterializedProfile> {
  await clear(configDir);
  const files = new Map<string, string>();
  for (const folder of profile.folders) {
    for (const path of await filesBelow(join(folder, '.claude'))) files.set(path, join(folder, '.claude', path));
  }
  for (const [path, source] of files) {
    if (path === 'settings.json' || path.split('/')[0] === TRANSCRIPTS) continue;
    const { bytes, executable } = await readRegular(source);
    await put(join(configDir, path), bytes, executable ? 0o700 : 0o600);
  }
  const permissions = { allow: profile.permissions.allow, deny: profile.permissions.deny };
  const settings = [...(await jsonIn(profile, '.claude/settings.json')), { permissions }].reduce(mergeJson);
  await put(join(configDir, 'settings.json'), text(settings));

  const servers = [every, ...(await jsonIn(profile, SERVERS)), more].filter((each) => each !== undefined);
  if (servers.length === 0) return { mcp_config: null };
  const mcp_config = join(configDir, 'mcp.json');
  await put(mcp_config, text(servers.reduce(mergeJson)));
  return { mcp_config };
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

/** The JSON objects of that name that the profile and its parents have, the furthest parent's first. */
async function jsonIn({ folders }: ResolvedProfile, name: string): Promise<JsonObject[]> {
  const objects: JsonObject[] = [];
  for (const folder of folders) {
    const path = join(folder, name);
    const file = await readRegular(path).catch((error: unknown) => {
      if (error instanceof Failure) throw error;
      return null;
    });
    if (!file) continue;
    const object = parseObject(file.bytes.toString(), path);
    // The CLI would refuse the file when the agent starts.
    if (name === SERVERS && !isObject(object.mcpServers)) throw invalidFile(path, 1, 'must have mcpServers');
    objects.push(object);
  }
  return objects;
}

const text = (value: JsonObject): string => `${JSON.stringify(value, null, 2)}\n`;
