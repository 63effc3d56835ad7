import { readFile } from 'node:fs/promises';

/**
 * Megabytes that the processes `pids` take together: what several share counts in part for each, where the kernel says.
 * Null where nothing is known of any of them, as without /proc.
 */
export async function memoryOf(pids: readonly number[]): Promise<number | null> {
  const found = (await Promise.all(pids.map(kilobytesOf))).filter((kb) => kb !== undefined);
  return found.length === 0 ? null : Math.round(found.reduce((sum, kb) => sum + kb, 0) / 1_024);
}

async function kilobytesOf(pid: number): Promise<number | undefined> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'latin1').catch(() => '');
  const shared = /^Pss:\s+(\d+) kB/m.exec(rollup)?.[1];
  if (shared !== undefined) return Number(shared);
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  const resident = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
  return resident === undefined ? undefined : Number(resident);
}
