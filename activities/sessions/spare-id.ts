import { randomBytes } from 'node:crypto';
import { lstat, readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { identify } from '../../processes/proc-table.ts';
import { removeTree } from '../../processes/remove-tree.ts';
import { killStrays } from '../../processes/tree.ts';
import { jobPaths } from '../paths.ts';

const NAME = /^spare\.(\d+)\.(\w+)\.[0-9a-f]+\.(.+)$/;

/** After this many milliseconds a place is removed whose worker is on another machine. */
const FOREIGN_MS = 86_400_000;

const startOf = (pid: number): string | undefined => identify(pid)?.started.replaceAll(/\W/g, '_');

/** A name for the place and the processes of a spare agent that tells which worker it is of. */
export const spareId = (): string =>
  `spare.${process.pid}.${startOf(process.pid) ?? ''}.${randomBytes(6).toString('hex')}.${hostname()}`;

/** Removes what spare agents have left whose workers are gone: processes, folders, and links to folders of sessions. */
export async function removeOldSpares(settings: { dataDir: string; worktreeRoot: string }): Promise<void> {
  const roots = [settings.worktreeRoot, join(settings.dataDir, 'jobs')];
  const names = (await Promise.all(roots.map((root) => readdir(root).catch((): string[] => [])))).flat();
  for (const id of new Set(names)) {
    const [, pid = '', started, host] = NAME.exec(id) ?? [];
    if (started === undefined) continue;
    const { worktree, dir, marker } = jobPaths(settings, { job_id: id });
    if (host === hostname() ? startOf(Number(pid)) === started : !(await isOld(dir))) continue;
    await killStrays({ marker, directories: [worktree, dir] });
    // Of a link the link goes alone.
    await Promise.all([removeTree(worktree), removeTree(dir)]);
  }
}

async function isOld(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats === undefined || Date.now() - stats.mtimeMs > FOREIGN_MS;
}
