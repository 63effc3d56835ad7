import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place } from './place.ts';
import { processesWith } from './strays.ts';

/** Processes of the spare agents in a place. The folder of one that a session has taken is a link. */
export async function spareProcesses({ dir }: Pick<Place, 'dir'>): Promise<number[]> {
  const jobs = join(dir, 'data', 'jobs');
  const entries = await readdir(jobs, { withFileTypes: true });
  const spares = entries.filter((entry) => entry.isDirectory() && entry.name.startsWith('spare.'));
  return spares.flatMap(({ name }) => processesWith(join(jobs, name)));
}
