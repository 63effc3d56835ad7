import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { Duplex, Readable, Writable } from 'node:stream';
import { Failure, type FailureType } from '../contract/shared/failures.ts';
import { readLines } from './lines.ts';
import { MARKER_VARIABLE } from './job-processes.ts';
import { childOf, type ProcessIdentity } from './proc-table.ts';

/** How much of a program's stderr is kept: its end. */
const STDERR_TAIL_BYTES = 16 * 1024;

/** A program to start. */
export interface Command {
  file: string;
  args: string[];
  cwd: string;
  /** The complete environment: nothing is inherited. */
  env: Record<string, string>;
  /**
   * Owner of the process, such as `job:<id>`, in AGENTICORE_PROCESS_OWNER, by which children that left the group are
   * found.
   */
  marker?: string;
}

interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A started program. Whoever starts it ends it, with `stopTree` or `killTree`. */
export interface RunningProcess {
  /** Leader of its own process group. */
  readonly pid: number;
  /** Stays open until it is ended; writing to a program that is gone is no error. */
  readonly stdin: Writable;
  /** Lines of stdout, to be read once; the program blocks while they are not read. */
  readonly lines: AsyncIterable<string>;
  /** The last 16 KB of stderr, which is always drained. */
  stderrTail(): string;
  /** Settles when the program is gone; never rejects. */
  readonly exited: Promise<Exit>;
  /** What holds the tree together: its process group alone, a bubblewrap sandbox or the supervisor process. */
  readonly kind: 'group' | 'bubblewrap' | 'supervisor';
  readonly marker: string | undefined;
  /** A process that works in one of these belongs to the tree. */
  readonly directories: readonly string[];
  /** Connection to the supervisor, which kills the tree when it closes. */
  readonly control: Duplex | undefined;
  /**
   * The first process of a sandbox, with which all others in it end; settles when it is known. Undefined where there is
   * no sandbox, or it ended before it could be told.
   */
  readonly root: Promise<ProcessIdentity | undefined>;
  /**
   * Closes this side of all pipes: what is unread is lost, and a process that still holds the other side delays
   * nothing.
   */
  release(): void;
}

/**
 * Path of the program that `command` names, by the PATH it will run with; a Failure of type `missing` when there is
 * none.
 */
export async function findProgram(command: Command, missing: FailureType): Promise<string> {
  const folders = command.file.includes('/') ? [''] : (command.env.PATH ?? '').split(delimiter);
  for (const folder of folders) {
    const path = isAbsolute(command.file) ? command.file : resolve(command.cwd, join(folder, command.file));
    if (await isProgram(path)) return path;
  }
  throw new Failure(
    missing,
    `The program ${command.file} is not installed on this host. Install it or correct its configured path.`,
  );
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

interface StartOptions {
  /** Type of the Failure for a program that does not exist. */
  missing?: FailureType;
  kind?: RunningProcess['kind'];
  directories?: readonly string[];
}

/**
 * Starts a program in a process group of its own, with nothing but `command.env` as its environment. A program that
 * does not exist is a Failure of type `missing`; one that cannot be started, as in a directory that is gone, of type
 * `internal`.
 */
export async function start(command: Command, options: StartOptions = {}): Promise<RunningProcess> {
  const missing = options.missing ?? 'internal';
  const file = await findProgram(command, missing);
  const child = spawn(file, command.args, {
    cwd: command.cwd,
    env: environmentOf(command),
    detached: true,
    stdio: [undefined, 'group'].includes(options.kind) ? ['pipe', 'pipe', 'pipe'] : ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const exited = exitOf(child);
  await once(child, 'spawn').catch((cause: unknown) => {
    throw new Failure('internal', `${command.file} cannot be started in ${command.cwd}: ${String(cause)}`, { cause });
  });
  return describe(child, command, options, exited);
}

/** What a command really gets as its environment: with the marker. */
function environmentOf(command: Command): Record<string, string> {
  return command.marker === undefined ? command.env : { ...command.env, [MARKER_VARIABLE]: command.marker };
}

function exitOf(child: ChildProcessWithoutNullStreams): Promise<Exit> {
  return new Promise((settle) => {
    child.once('exit', (code, signal) => settle({ code, signal }));
    child.once('error', () => settle({ code: null, signal: null }));
  });
}

function describe(
  child: ChildProcessWithoutNullStreams,
  command: Command,
  options: StartOptions,
  exited: Promise<Exit>,
): RunningProcess {
  const { stdin, stdout, stderr } = child;
  const fourth = child.stdio[3] as Duplex | undefined;
  stdin.on('error', () => undefined);
  fourth?.on('error', () => undefined);
  const pid = child.pid ?? 0;
  const isSandbox = options.kind === 'bubblewrap' && fourth !== undefined;
  return {
    pid,
    stdin,
    lines: readLines(stdout),
    stderrTail: keepTail(stderr),
    exited,
    kind: options.kind ?? 'group',
    marker: command.marker,
    directories: options.directories ?? [],
    control: isSandbox ? undefined : fourth,
    root: isSandbox ? rootOf(pid, fourth) : Promise.resolve(undefined),
    release: () => [stdin, stdout, stderr, fourth].forEach((stream) => stream?.destroy()),
  };
}

/** What bubblewrap says of the process that it has made; see INFO in sandbox.ts. */
async function rootOf(bubblewrap: number, said: Readable): Promise<ProcessIdentity | undefined> {
  let text = '';
  try {
    for await (const chunk of said) text += String(chunk);
    const { 'child-pid': pid } = JSON.parse(text) as { 'child-pid'?: number };
    return pid === undefined ? undefined : childOf(bubblewrap, pid);
  } catch {
    return undefined;
  }
}

function keepTail(stream: Readable): () => string {
  let tail = Buffer.alloc(0);
  stream.on('error', () => undefined);
  stream.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-STDERR_TAIL_BYTES);
  });
  return () => tail.toString('utf8');
}
