import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cachesDir } from '../contract/shared/artifacts.ts';
import { diskUsage } from '../processes/disk-usage.ts';
import { removeTree } from '../processes/remove-tree.ts';
import { changedAt, isFresh, removing, type Rules, type Thing } from './candidate.ts';

const GIB = 1024 ** 3;

/**
 * The caches of setups, and halves of them that killed processes left. Those go that were not used for the longest
 * time, as long as all together are larger than they may be; one that was used in the last hour stays.
 */
export async function cacheThings(rules: Rules): Promise<Thing[]> {
  const caches = await Promise.all((await foldersIn(cachesDir(rules.dataDir))).map(foldersIn));
  const used = await Promise.all(caches.flat().map(async (path) => ({ path, usedAt: await changedAt(path) })));
  const things: Thing[] = [];
  let bytes = 0;
  for (const { path, usedAt } of used.sort((one, other) => other.usedAt - one.usedAt)) {
    const isHalf = path.slice(path.lastIndexOf('/') + 1).startsWith('.');
    if (!isHalf) bytes += (await diskUsage(path)) ?? 0;
    const isOver = bytes > rules.maxCachesGb * GIB;
    const reason = isHalf ? 'left behind by a killed process' : `caches are larger than ${rules.maxCachesGb} GiB`;
    const stays = async (): Promise<boolean> => isFresh(await changedAt(path));
    things.push({
      ...{ kind: isHalf ? 'partial' : 'cache', path, usedAt },
      due: async () => ((isHalf || isOver) && !(await stays()) ? reason : null),
      spare: async () => !(await stays()),
      remove: removing(() => removeTree(path)),
    });
  }
  return things;
}

const foldersIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
