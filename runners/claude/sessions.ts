import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { SessionStore } from '../agent.ts';
import { blocksOf, parseMessage } from './messages.ts';

/** Folder of the configuration directory with the transcripts. */
export const TRANSCRIPTS = 'projects';

/** Folder in TRANSCRIPTS for a session of an earlier job; the CLI looks through all of them. */
const IMPORTED = 'earlier-job';

/** The transcripts of Claude Code, one file for each session. */
export const sessions: SessionStore = {
  find: findTranscript,
  import: async (configDir, sessionId, transcript) => {
    const folder = join(configDir, TRANSCRIPTS, IMPORTED);
    // An agent that ran here before may have left a link.
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await copyFile(transcript, join(folder, `${sessionId}.jsonl`), constants.COPYFILE_EXCL);
  },
  discard: async (configDir, sessionId) => {
    const path = await findTranscript(configDir, sessionId);
    if (path !== undefined) await rename(path, `${path}.broken`);
  },
};

/**
 * Path of a session's transcript in the agent's configuration directory; undefined when it has none. The agent may
 * write there: a transcript that is a link, or lies behind one, does not count, since it could be anybody's file.
 */
async function findTranscript(configDir: string, sessionId: string): Promise<string | undefined> {
  const projects = join(configDir, TRANSCRIPTS);
  const names = await readdir(projects, { recursive: true }).catch((): string[] => []);
  const name = names.find((path) => basename(path) === `${sessionId}.jsonl`);
  if (name === undefined) return undefined;
  const real = await realpath(join(projects, name)).catch(() => undefined);
  return real === join(await realpath(configDir), TRANSCRIPTS, name) ? join(projects, name) : undefined;
}

/**
 * The words with which a session's last answer ended; undefined when it did not end, as after a kill, or there is no
 * transcript.
 */
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
