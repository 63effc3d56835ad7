import { readFile } from 'node:fs/promises';

/** Ticks of the processors' clock in a second, as Linux tells programs. */
const TICKS = 100;

/**
 * CPU seconds that all processes but this one have used: an agent is the child of none that waits for it, so that no
 * sum over a tree has it. It tells something of us where nothing else runs.
 */
export async function cpuSeconds(): Promise<number> {
  const [first = ''] = (await readFile('/proc/stat', 'latin1')).split('\n');
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = first.split(/\s+/).slice(1).map(Number);
  const own = process.cpuUsage();
  return (user + nice + system + irq + softirq) / TICKS - (own.user + own.system) / 1_000_000;
}
