import { constants } from 'node:fs';
import { open, readFile, realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import type { JsonObject } from '../contract/shared/merge-json.ts';

/** Most bytes of a file with MCP servers. */
const MAX_BYTES = 64 * 1024;

/**
 * The MCP servers in the file at `path`, which is taken from `dir` where it is relative. Throws `invalid_request` where
 * no `dir` is set, where the file does not really lie in it (links are followed first), and where it is no JSON object
 * with mcpServers in at most 64 KiB. The message says nothing about what lies elsewhere.
 */
export async function readMcpFile(dir: string | undefined, path: string): Promise<JsonObject> {
  if (dir === undefined) throw refused('is not allowed: the server has no AGENTICORE_MCP_FILES_DIR');
  const text = await readConfined(dir, resolve(dir, path));
  if (text === undefined) throw refused(`must be a file of at most ${MAX_BYTES} bytes in AGENTICORE_MCP_FILES_DIR`);
  const content = parse(text);
  if (content === undefined) throw refused('must contain a JSON object whose mcpServers is an object');
  return content;
}

/** The MCP servers of every job, in a file that the operator names. Throws `invalid_config` where it holds none. */
export async function readDefaultMcpFile(path: string): Promise<JsonObject> {
  const content = parse(await readFile(path, 'utf8').catch(() => ''));
  if (content !== undefined) return content;
  throw new Failure(
    'invalid_config',
    `AGENTICORE_DEFAULT_MCP_FILE must name a file on the worker that holds a JSON object whose mcpServers is an object; ${path} does not.`,
  );
}

async function readConfined(dir: string, path: string): Promise<string | undefined> {
  const [root, real] = await Promise.all([dir, path].map((each) => realpath(each).catch(() => undefined)));
  if (root === undefined || !real?.startsWith(root.endsWith(sep) ? root : root + sep)) return;
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  );
  if (file === undefined) return;
  try {
    if (!(await file.stat()).isFile()) return;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES + 1), 0, MAX_BYTES + 1, 0);
    return bytesRead > MAX_BYTES ? undefined : buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function parse(text: string): JsonObject | undefined {
  try {
    const content = JSON.parse(text) as JsonObject | null;
    const servers = content?.mcpServers;
    if (typeof servers === 'object' && servers !== null && !Array.isArray(servers)) return { mcpServers: servers };
  } catch {
    // Said by the caller.
  }
  return undefined;
}

const refused = (why: string): Failure => new Failure('invalid_request', `file_path: ${why}.`, { field: 'file_path' });
