import { readdir, readFile, readlink } from 'node:fs/promises';

/** One live process. A pid alone says nothing, since pids are used again: pid and start time name a process. */
export interface ProcessInfo {
  pid: number;
  parent: number;
  group: number;
  session: number;
  /** 0 when it has no terminal. */
  terminal: number;
  /** Clock ticks since boot. */
  startTime: string;
}

/** All live processes, zombies left out; empty where there is no /proc. */
export async function listProcesses(): Promise<ProcessInfo[]> {
  const names = await readdir('/proc').catch(() => []);
  const found = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map((name) => readProcess(Number(name))));
  return found.filter((info) => info !== undefined);
}

/** The process with this pid, unless it is gone or a zombie. */
export async function readProcess(pid: number): Promise<ProcessInfo | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // The name, in parentheses, may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent, group, session, terminal] = fields;
  const startTime = fields[19];
  if (startTime === undefined || state === 'Z' || state === 'X') return undefined;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    terminal: Number(terminal),
    startTime,
  };
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
export async function killListed(listed: readonly ProcessInfo[], signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  for (const info of listed) {
    const now = await readProcess(info.pid);
    if (now?.startTime === info.startTime) send(info.pid, signal);
  }
}

/** Sends a signal to a process, or with a negative number to a group; one that is gone is no error. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already, or not ours.
  }
}
