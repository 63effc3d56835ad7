import type { Readable } from 'node:stream';
import { readLines } from '../../processes/lines.ts';
import { CliError } from '../errors.ts';
import { Remote } from './remote.ts';
import { errorMessage, idOf, PARSE_ERROR, SERVER_ERROR, type McpMessage } from './message.ts';

/** How often to show the server that a client is there, so that it does not stop as idle (milliseconds). */
const PRESENT_MS = 60_000;

interface BridgeOptions {
  /** Finds the server, again after it went away. */
  find: () => Promise<string>;
  /** What every request to it carries. */
  headers: Readonly<Record<string, string>>;
  input: Readable;
  /** Gets one message, without its line end. */
  write: (line: string) => void;
  /** Gets messages for a person. */
  tell: (sentence: string) => void;
  /** Aborts when nobody reads any more. */
  gone: AbortSignal;
}

/**
 * MCP over stdio for a server that speaks HTTP: one message per line. Ends when the input ends or its reader is gone;
 * open calls are then aborted, by which the server notices that their caller is gone.
 */
export async function bridge({ find, headers, input, write, tell, gone }: BridgeOptions): Promise<void> {
  const over = new AbortController();
  const remote = new Remote(find, headers);
  const running = new Map<unknown, AbortController>();
  const say = (message: object): void => write(JSON.stringify(message));
  // Before the client has said anything: a server that must be started takes seconds.
  void remote.reach().catch((error: unknown) => tell(`error: ${sentence(error)}`));
  const present = setInterval(() => void remote.showPresence(), PRESENT_MS).unref();
  gone.addEventListener('abort', () => input.destroy(), { once: true });
  // What is too large for one message the server says.
  for await (const line of readLines(input, Infinity)) {
    const message = line.trim() === '' ? undefined : parse(line);
    if (message === undefined) continue;
    if (message === null) say(errorMessage(null, PARSE_ERROR, 'the line is not valid JSON'));
    else if (message.method === 'notifications/cancelled') running.get(message.params?.requestId)?.abort();
    else void relay(remote, message, { running, say, over: over.signal });
  }
  clearInterval(present);
  over.abort();
}

function parse(line: string): McpMessage | null {
  try {
    const message: unknown = JSON.parse(line);
    return typeof message === 'object' ? message : null;
  } catch {
    return null;
  }
}

interface Relay {
  running: Map<unknown, AbortController>;
  say: (message: object) => void;
  over: AbortSignal;
}

/** Passes a message on and its answers back. A request always gets an answer, unless it was cancelled. */
async function relay(remote: Remote, message: McpMessage, { running, say, over }: Relay): Promise<void> {
  const isAnswer = 'result' in message || 'error' in message;
  const id = isAnswer ? undefined : idOf(message);
  const cancel = new AbortController();
  if (id !== undefined) running.set(id, cancel);
  const signal = AbortSignal.any([cancel.signal, over]);
  let answered = id === undefined;
  try {
    for await (const answer of remote.send(message, signal)) {
      answered ||= idOf(answer) === id;
      if (!isAnswer) say(answer);
    }
    if (!answered && !signal.aborted) throw brokenOff();
  } catch (error) {
    if (!answered && !signal.aborted && id !== undefined) say(errorMessage(id, SERVER_ERROR, sentence(error)));
  } finally {
    if (running.get(id) === cancel) running.delete(id);
  }
}

const brokenOff = (): CliError =>
  new CliError('The server stopped before it answered.', {
    code: 'no_server',
    hint: 'A job that was started continues. Find it with `list_jobs`.',
  });

function sentence(error: unknown): string {
  if (error instanceof CliError) return [error.message, error.hint].filter(Boolean).join(' ');
  return error instanceof Error ? error.message : String(error);
}
