import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';

/** What names a process. A pid alone does not, since pids are used again. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, as the operating system puts it: clock ticks since boot on Linux, a date elsewhere. */
  started: string;
}

/** One live process. */
export interface ProcessInfo extends ProcessIdentity {
  parent: number;
  group: number;
  session: number;
  /** 0 when it has no terminal. */
  terminal: number;
}

/** All live processes, zombies left out; empty where there is no /proc. */
export async function listProcesses(): Promise<ProcessInfo[]> {
  const names = await readdir('/proc').catch(() => []);
  const found = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map((name) => readProcess(Number(name))));
  return found.filter((info) => info !== undefined);
}

async function readProcess(pid: number): Promise<ProcessInfo | undefined> {
  return parseStat(pid, await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ''));
}

/** A live process from its /proc/<pid>/stat; undefined for one that is gone or a zombie. */
function parseStat(pid: number, stat: string): ProcessInfo | undefined {
  // The name, in parentheses, may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent, group, session, terminal] = fields;
  const started = fields[19];
  if (started === undefined || state === 'Z' || state === 'X') return undefined;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    terminal: Number(terminal),
    started,
  };
}

/** Identity of a live process; undefined where there is none (a zombie counts as none). Works without /proc, too. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    if (process.platform !== 'linux') return identifyByPs(pid);
    const info = parseStat(pid, readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return info && { pid, started: info.started };
  } catch {
    return undefined;
  }
}

/** Identity of `pid` while it is a child of `parent`; undefined for any other process that is called so now. */
export function childOf(parent: number, pid: number): ProcessIdentity | undefined {
  try {
    const info = parseStat(pid, readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return info?.parent === parent ? { pid, started: info.started } : undefined;
  } catch {
    return undefined;
  }
}

function identifyByPs(pid: number): ProcessIdentity | undefined {
  const args = ['-o', 'state=,lstart=', '-p', String(pid)];
  const line = execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [state = 'Z', ...started] = line.trim().split(/\s+/);
  return state.startsWith('Z') ? undefined : { pid, started: started.join(' ') };
}

/** Whether exactly this process still lives. */
export function isAlive<T extends ProcessIdentity>(identity: T | null | undefined): identity is T {
  return identity != null && identify(identity.pid)?.started === identity.started;
}

/** Identity of this process. */
export function self(): ProcessIdentity {
  return identify(process.pid) ?? { pid: process.pid, started: 'unknown' };
}

/** Whether the environment with which `pid` was started holds exactly `name=value`; false where it cannot be read. */
export async function hasVariable(pid: number, name: string, value: string): Promise<boolean> {
  const environ = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  return environ.split('\0').includes(Buffer.from(`${name}=${value}`).toString('latin1'));
}

/** Whether `pid` works in one of `directories` (real paths) or below, also when that directory was removed. */
export async function worksIn(pid: number, directories: readonly string[]): Promise<boolean> {
  if (directories.length === 0) return false;
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
  return directories.some(
    (directory) => cwd === directory || cwd === `${directory} (deleted)` || cwd.startsWith(`${directory}/`),
  );
}

/** SIGKILL to the processes that are still the ones that were listed. */
export function killListed(listed: readonly ProcessIdentity[]): void {
  for (const info of listed) if (isAlive(info)) send(info.pid, 'SIGKILL');
}

/** Sends a signal to a process, or with a negative number to a group; one that is gone is no error. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already, or not ours.
  }
}
