import { constants, createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, open, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { Failure } from '../../contract/shared/failures.ts';
import { readLines } from '../../processes/lines.ts';
import type { SessionStore } from '../agent.ts';

/** Folder of CODEX_HOME with the transcripts, which Codex calls rollouts: the only one that the agent can write to. */
export const ROLLOUTS = 'sessions';

/** Folder with a file for each of our sessions that says which thread it is: Codex chooses its ids itself. */
export const THREADS = 'threads';

/** Most bytes of the first line of a rollout, which holds the instructions. */
const MAX_FIRST_LINE = 4 * 1024 * 1024;

const KnownThread = z.object({
  thread: z.string().regex(/^[\da-f-]{36}$/),
  /** Digest of what the thread was told about its work. */
  told: z.string(),
});
export type KnownThread = z.infer<typeof KnownThread>;

const FirstLine = z.object({
  type: z.literal('session_meta'),
  payload: z.object({ id: KnownThread.shape.thread, timestamp: z.string() }),
});

/** A line of a rollout, as far as it tells where turns begin and end. */
const Line = z.object({
  type: z.string(),
  payload: z.object({ type: z.string().optional(), client_id: z.string().nullish() }).optional(),
});

const threadFile = (configDir: string, sessionId: string): string => join(configDir, THREADS, `${sessionId}.json`);

/** The transcripts of Codex, one file for each thread. Threads begin in `legacy` mode: a fork needs no other file. */
export const sessions: SessionStore = {
  find: async (configDir, sessionId) => {
    const known = await threadOf(configDir, sessionId);
    return known && findRollout(configDir, known.thread);
  },
  import: async (configDir, sessionId, transcript) => {
    const { id, timestamp } = await firstLineOf(transcript, sessionId);
    await copyFile(transcript, await placeFor(configDir, id, timestamp), constants.COPYFILE_EXCL);
    await rememberThread(configDir, sessionId, { thread: id, told: '' });
  },
  fork: async (configDir, sessionId, transcript, isOver) => {
    const { id, timestamp } = await firstLineOf(transcript, sessionId);
    await pipeline(
      readLines(createReadStream(transcript), Infinity),
      async function* (lines: AsyncIterable<string>) {
        // The fork is a thread of its own, which we name as its session.
        for await (const line of untilTurn(lines, isOver)) yield `${line.replaceAll(id, sessionId)}\n`;
      },
      createWriteStream(await placeFor(configDir, sessionId, timestamp), { flags: 'wx', mode: 0o600 }),
    );
    await rememberThread(configDir, sessionId, { thread: sessionId, told: '' });
  },
  discard: async (configDir, sessionId) => {
    const path = await sessions.find(configDir, sessionId);
    await rm(threadFile(configDir, sessionId), { force: true });
    if (path !== undefined) await rename(path, `${path}.broken`);
  },
};

/** Path of the rollout of a thread that comes from elsewhere. */
async function placeFor(configDir: string, thread: string, timestamp: string): Promise<string> {
  const folder = join(configDir, ROLLOUTS);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `rollout-${timestamp.slice(0, 19).replaceAll(':', '-')}-${thread}.jsonl`);
  // An agent that ran here before may have left a link.
  await rm(path, { recursive: true, force: true });
  return path;
}

/** The lines before the turn that begins with the first message that is over. */
async function* untilTurn(
  lines: AsyncIterable<string>,
  isOver: (messageId: string) => boolean,
): AsyncGenerator<string, void> {
  // Those of a turn whose message has not come yet.
  let open: string[] | undefined;
  for await (const line of lines) {
    const { type, payload } = Line.safeParse(parseJson(line)).data ?? {};
    if (type === undefined) continue;
    const isEvent = type === 'event_msg';
    if (isEvent && payload?.type === 'user_message' && payload.client_id != null && isOver(payload.client_id)) return;
    if (isEvent && payload?.type === 'task_started') open = [];
    if (open === undefined) yield line;
    else open.push(line);
    if (open === undefined || !isEvent || !ENDS_BEGINNING.has(payload?.type ?? '')) continue;
    yield* open;
    open = undefined;
  }
}

/** Events after which it is known to whom the lines of a turn belong. */
const ENDS_BEGINNING: ReadonlySet<string> = new Set(['user_message', 'task_complete', 'turn_aborted']);

/** Undefined for half a line: that of a thread which goes on meanwhile. */
function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The thread of a session; undefined where none has begun. */
export async function threadOf(configDir: string, sessionId: string): Promise<KnownThread | undefined> {
  const text = await readFile(threadFile(configDir, sessionId), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : KnownThread.parse(JSON.parse(text));
}

/** Keeps which thread the session is. */
export async function rememberThread(configDir: string, sessionId: string, known: KnownThread): Promise<void> {
  const path = threadFile(configDir, sessionId);
  await mkdir(join(configDir, THREADS), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, JSON.stringify(known), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** The agent may write there: a file that is a link, or lies behind one, does not count. */
async function findRollout(configDir: string, thread: string): Promise<string | undefined> {
  const folder = join(configDir, ROLLOUTS);
  const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
  const name = names.find((path) => basename(path).startsWith('rollout-') && path.endsWith(`-${thread}.jsonl`));
  if (name === undefined) return undefined;
  const real = await realpath(join(folder, name)).catch(() => undefined);
  return real === join(await realpath(configDir), ROLLOUTS, name) ? join(folder, name) : undefined;
}

/** What a rollout says of itself; `session_not_found` where the file is no rollout. */
async function firstLineOf(path: string, sessionId: string): Promise<{ id: string; timestamp: string }> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_FIRST_LINE), 0, MAX_FIRST_LINE, 0);
    const [line = ''] = buffer.toString('utf8', 0, bytesRead).split('\n', 1);
    return FirstLine.parse(JSON.parse(line)).payload;
  } catch (cause) {
    throw new Failure('session_not_found', `Session ${sessionId} is not one of Codex.`, { cause });
  } finally {
    await file.close();
  }
}
