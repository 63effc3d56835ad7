import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { blocksOf, parseMessage } from './messages.ts';

/**
 * Path of a session's transcript in the agent's configuration directory; undefined when it has none. The agent may
 * write there: a transcript that is a link, or lies behind one, does not count, since it could be anybody's file.
 */
export async function findTranscript(configDir: string, sessionId: string): Promise<string | undefined> {
  const projects = join(configDir, 'projects');
  const names = await readdir(projects, { recursive: true }).catch((): string[] => []);
  const name = names.find((path) => basename(path) === `${sessionId}.jsonl`);
  if (name === undefined) return undefined;
  const real = await realpath(join(projects, name)).catch(() => undefined);
  return real === join(await realpath(configDir), 'projects', name) ? join(projects, name) : undefined;
}

/** The words with which a session's last turn ended; undefined when it did not end, as after a kill, or there is no transcript. */
export async function endedWith(configDir: string, sessionId: string): Promise<string | undefined> {
  const path = await findTranscript(configDir, sessionId);
  const lines = path === undefined ? [] : (await readFile(path, 'utf8')).split('\n');
  const last = lines.map(parseMessage).findLast((entry) => entry?.type === 'user' || entry?.type === 'assistant');
  const { model, stop_reason: reason, content } = last?.message ?? {};
  if (last?.type !== 'assistant' || model === '<synthetic>' || reason == null || reason === 'tool_use')
    return undefined;
  return blocksOf(content)
    .flatMap((block) => block.text ?? [])
    .join('\n');
}
