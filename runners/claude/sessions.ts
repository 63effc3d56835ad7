import { constants, createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readLines } from '../../processes/lines.ts';
import type { SessionStore } from '../agent.ts';
import { blocksOf, parseMessage } from './messages.ts';

/** Folder of the configuration directory with the transcripts. */
export const TRANSCRIPTS = 'projects';

/** Folder in TRANSCRIPTS for a session of an earlier job; the CLI looks through all of them. */
const IMPORTED = 'earlier-job';

/** The transcripts of Claude Code, one file for each session. */
export const sessions: SessionStore = {
  find: findTranscript,
  import: async (configDir, sessionId, transcript) =>
    copyFile(transcript, await placeFor(configDir, sessionId), constants.COPYFILE_EXCL),
  fork: async (configDir, sessionId, transcript, isOver) =>
    pipeline(
      readLines(createReadStream(transcript), Infinity),
      (lines: AsyncIterable<string>) => untilMessage(lines, sessionId, isOver),
      createWriteStream(await placeFor(configDir, sessionId), { flags: 'wx', mode: 0o600 }),
    ),
  discard: async (configDir, sessionId) => {
    const path = await findTranscript(configDir, sessionId);
    if (path !== undefined) await rename(path, `${path}.broken`);
  },
};

/** Path of the transcript of a session that comes from elsewhere. */
async function placeFor(configDir: string, sessionId: string): Promise<string> {
  const folder = join(configDir, TRANSCRIPTS, IMPORTED);
  // An agent that ran here before may have left a link.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return join(folder, `${sessionId}.jsonl`);
}

/** The lines before the first message that is over, as those of session `sessionId`. */
async function* untilMessage(
  lines: AsyncIterable<string>,
  sessionId: string,
  isOver: (messageId: string) => boolean,
): AsyncGenerator<string, void> {
  for await (const line of lines) {
    const entry = parseMessage(line);
    if (entry?.type === 'user' && entry.uuid !== undefined && isOver(entry.uuid)) return;
    // A message that was handed over stands in the queue before it stands in the conversation.
    if (entry === undefined || entry.type === 'queue-operation') continue;
    yield `${JSON.stringify({ ...entry, sessionId })}\n`;
  }
}

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
