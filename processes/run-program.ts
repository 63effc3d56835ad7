import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';

/**
 * A program of ours that runs to its end outside any sandbox, such as git. Agents are started by start-contained.ts
 * instead: they are talked to while they run, and what leaves their process group must be found, too.
 */
export interface Run {
  /** A program, or the text of one for the shell, whose arguments are `$1` and so on. */
  file: string | { script: string };
  args: readonly string[];
  /** The complete environment: nothing is inherited. */
  env: Readonly<Record<string, string>>;
  input?: string;
  signal?: AbortSignal | undefined;
  /** Longest time in all. */
  timeoutMs?: number | undefined;
  /** Longest time without output; it ends as `timeoutMs` does. */
  silenceMs?: number | undefined;
  /** Gets stderr as it comes. */
  onStderr?: ((text: string) => void) | undefined;
  /** Descriptor of a held lock: whatever lives of the program holds it too. */
  lock?: number | undefined;
}

export interface Ran {
  code: number;
  stdout: string;
  /** The last 64 KB. */
  stderr: string;
  timedOut: boolean;
}

const MAX_STDOUT = 64 * 1024 * 1024;
const STDERR_TAIL = 64 * 1024;
const FOR_EVER_MS = 2 ** 31 - 1;
const LOCK_SLOT = 4;

// The watcher lives as long as the worker holds the other end of descriptor 3: a worker that is killed -9 leaves no git
// behind that still holds a token or a lock. The shell stays the parent, so that nothing is left for init to reap.
const WATCHED = `(read -r _ <&3; kill -KILL 0) </dev/null >/dev/null 2>&1 ${LOCK_SLOT}>&- & watcher=$!
exec 3<&-
trap 'code=$?; kill -KILL $watcher; wait $watcher 2>/dev/null; exit $code' EXIT
`;

/**
 * Runs a program to its end in a process group of its own. Abort and timeout SIGKILL the whole group, and so does the
 * death of this process; the promise settles only when the group has let go of its output. Rejects with the signal's
 * reason on abort.
 */
export async function run(what: Run): Promise<Ran> {
  what.signal?.throwIfAborted();
  const [script, args] =
    typeof what.file === 'string' ? ['"$@"', [what.file, ...what.args]] : [what.file.script, what.args];
  const child = spawn('/bin/sh', ['-c', WATCHED + script, 'run', ...args], {
    env: { ...what.env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', what.lock ?? 'ignore'],
  }) as ChildProcessWithoutNullStreams;
  return settle(child, what);
}

/**
 * Stdout of a short program that needs no more than PATH and HOME; undefined where it is missing, fails or is not done
 * in time.
 */
export async function outputOf(file: string, args: readonly string[], timeoutMs: number): Promise<string | undefined> {
  const { PATH = '', HOME = '' } = process.env;
  const { code, stdout, timedOut } = await run({ file, args, env: { PATH, HOME }, timeoutMs });
  return code === 0 && !timedOut ? stdout : undefined;
}

async function settle(child: ChildProcessWithoutNullStreams, what: Run): Promise<Ran> {
  const { stdin, stdout, stderr } = child;
  const leash = child.stdio[3] as Duplex;
  for (const stream of [stdin, stdout, stderr, leash]) stream.on('error', () => undefined);
  const kill = (): void => killGroup(child);
  const out = collect(stdout, MAX_STDOUT, kill);
  const err = collect(stderr, STDERR_TAIL);
  let timedOut = false;
  const giveUp = (): void => {
    timedOut = true;
    kill();
  };
  const timers = [what.timeoutMs, what.silenceMs].map((ms) => setTimeout(giveUp, ms ?? FOR_EVER_MS));
  for (const stream of [stdout, stderr]) stream.on('data', () => timers[1]?.refresh());
  stderr.on('data', (chunk: Buffer) => what.onStderr?.(chunk.toString()));
  what.signal?.addEventListener('abort', kill, { once: true });
  stdin.end(what.input ?? '');
  try {
    const code = await closed(child, leash);
    what.signal?.throwIfAborted();
    return { code, stdout: out(), stderr: err(), timedOut };
  } finally {
    for (const timer of timers) clearTimeout(timer);
    what.signal?.removeEventListener('abort', kill);
  }
}

function closed(child: ChildProcessWithoutNullStreams, leash: Duplex): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => leash.destroy());
    child.once('close', (code) => resolve(code ?? -1));
  });
}

function killGroup(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group has just ended by itself.
  }
}

function collect(stream: Readable, limit: number, onOverflow?: () => void): () => string {
  let chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size <= limit) return;
    onOverflow?.();
    chunks = [Buffer.concat(chunks).subarray(-limit)];
    size = limit;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
