import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import { InvalidFile } from '../contract/shared/file-problem.ts';
import { isObject, type JsonObject } from '../contract/shared/merge-json.ts';

/** Relative paths of the files below `folder`, parted by slashes; none where it does not exist. */
export async function filesBelow(folder: string, prefix = ''): Promise<string[]> {
  const stats = await lstat(folder).catch(() => null);
  if (stats === null) return [];
  if (!stats.isDirectory()) throw refused(folder);
  const files: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = `${prefix}${entry.name}`;
    if (entry.isDirectory()) files.push(...(await filesBelow(join(folder, entry.name), `${path}/`)));
    else files.push(path);
  }
  return files;
}

/** Content of a regular file; a link or anything special throws `invalid_profile`, what is absent its own error. */
export async function readRegular(path: string): Promise<{ bytes: Buffer; executable: boolean }> {
  const stats = await lstat(path);
  if (!stats.isFile()) throw refused(path);
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return { bytes: await file.readFile(), executable: (stats.mode & 0o100) !== 0 };
  } finally {
    await file.close();
  }
}

const refused = (path: string): InvalidFile =>
  new InvalidFile(path, null, 'must be a regular file or folder: replace the link or special file by its content');

/** A JSON object, and the file that holds it. */
interface JsonFile {
  path: string;
  object: JsonObject;
}

/** The JSON objects of that name in the folders that have one. */
export async function jsonIn(folders: readonly string[], name: string): Promise<JsonFile[]> {
  const files: JsonFile[] = [];
  for (const folder of folders) {
    const path = join(folder, name);
    const file = await readRegular(path).catch((error: unknown) => {
      if (error instanceof Failure) throw error;
      return null;
    });
    if (file) files.push({ path, object: parseObject(file.bytes.toString(), path) });
  }
  return files;
}

/** The files with MCP servers of a profile. */
export async function serverFilesIn(folders: readonly string[]): Promise<JsonFile[]> {
  const files = await jsonIn(folders, '.mcp.json');
  // The agent would refuse the file when it starts.
  for (const { path, object } of files)
    if (!isObject(object.mcpServers)) throw new InvalidFile(path, 1, 'must have mcpServers');
  return files;
}

/** Parses `json`, the content of `path`, as a JSON object; else throws `invalid_profile` with the line. */
function parseObject(json: string, path: string): JsonObject {
  const value = parse(json, path);
  if (isObject(value)) return value;
  throw new InvalidFile(path, 1, 'must be a JSON object');
}

function parse(json: string, path: string): JsonObject[string] {
  try {
    return JSON.parse(json) as JsonObject[string];
  } catch (error) {
    const { message } = error as Error;
    const position = /at position (\d+)/.exec(message)?.[1];
    // Without a position the text has ended too early.
    const before = position === undefined ? json.trimEnd() : json.slice(0, Number(position));
    throw new InvalidFile(path, before.split('\n').length, 'is not JSON');
  }
}
