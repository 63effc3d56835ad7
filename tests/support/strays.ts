import { readdirSync, readFileSync } from 'node:fs';
import { until } from './until.ts';

/** Pids of live processes, other than this one, that have `text` in their command line. That of a zombie is empty. */
export const processesWith = (text: string): number[] => processes((pid) => read(pid, 'cmdline').includes(text));

/**
 * Pids of live processes, other than this one, that were started for what lies in `folder`: it is in their command line
 * or environment.
 */
export const processesOf = (folder: string): number[] =>
  processes((pid) => (['cmdline', 'environ'] as const).some((file) => read(pid, file).includes(folder)));

/** Ends, as a crash would, what was started for what lies in `folder`. */
export function killProcessesOf(folder: string): void {
  for (const pid of processesOf(folder)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
}

/** Whether the process lives. A zombie does not. */
export const isLive = (pid: number): boolean => read(String(pid), 'cmdline') !== '';

/** Resolves when no process has `text` in its command line. */
export const goneWith = (text: string): Promise<boolean> =>
  until(
    () => processesWith(text).length === 0,
    () => `the end of ${told(processesWith(text))}`,
  );

/** Resolves when a process has `text` in its command line. */
export const seenWith = (text: string): Promise<boolean> =>
  until(
    () => processesWith(text).length > 0,
    () => `a process with ${text}`,
  );

const told = (pids: number[]): string =>
  pids.map((pid) => `${pid} (${read(String(pid), 'cmdline').replaceAll('\0', ' ')})`).join(', ');

const processes = (wanted: (pid: string) => boolean): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && wanted(name))
    .map(Number);

/** Nothing, where the process has ended or is another user's. */
function read(pid: string, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
