import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Pids of live processes, other than this one, that have `text` in their command line. That of a zombie is empty. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => commandLine(pid).includes(text))
    .map(Number);
}

/** Resolves when no process has `text` in its command line; the test's own time limit bounds it. */
export async function goneWith(text: string): Promise<void> {
  while (processesWith(text).length > 0) await sleep(50);
}

/** Resolves when a process has `text` in its command line. */
export async function seenWith(text: string): Promise<void> {
  while (processesWith(text).length === 0) await sleep(20);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
