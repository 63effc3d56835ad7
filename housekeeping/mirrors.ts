import { rm } from 'node:fs/promises';
import { isBorrowed } from '../git/alternates.ts';
import { exists } from '../processes/path-exists.ts';
import {
  asideIn,
  mirrorHomes,
  removeRepository,
  repositoryIn,
  unfinishedFiles,
  whileUnused,
} from '../git/mirror-store.ts';
import { after, changedAt, isFresh, type Rules, type Thing } from './candidate.ts';

/** How long the lock of a mirror that a job just updates is waited for (milliseconds). */
const LOCK_MS = 5_000;

/** Mirrors, and what killed gits left in them. A mirror from which a checkout borrows stays, whatever its age. */
export async function mirrorThings(rules: Rules): Promise<Thing[]> {
  const homes = await mirrorHomes(rules.reposRoot);
  return (await Promise.all(homes.map((home) => thingsIn(home, rules)))).flat();
}

async function thingsIn(home: string, rules: Rules): Promise<Thing[]> {
  const repository = repositoryIn(home);
  const aside = asideIn(home);
  const left = [...((await exists(aside)) ? [aside] : []), ...(await unfinishedFiles(repository))];
  const things = await Promise.all(left.map((path) => leftThing(home, path)));
  return (await exists(repository)) ? [await mirrorThing(home, rules), ...things] : things;
}

async function mirrorThing(home: string, rules: Rules): Promise<Thing> {
  const path = repositoryIn(home);
  const isFree = async (): Promise<boolean> => !(await isBorrowed(rules, path));
  return {
    kind: 'mirror',
    path,
    usedAt: await changedAt(home),
    due: async () => {
      const reason = after(rules.keepMirrorsDays, await changedAt(home), 'no job asked for it');
      return reason !== null && (await isFree()) ? reason : null;
    },
    // Between the update of a mirror and the checkout nothing borrows yet.
    spare: async () => !isFresh(await changedAt(home)) && (await isFree()),
    remove: (still) => locked(home, still, () => removeRepository(home)),
  };
}

async function leftThing(home: string, path: string): Promise<Thing> {
  const usedAt = await changedAt(path);
  return {
    kind: path.endsWith('.lock') ? 'lock' : 'partial',
    path,
    usedAt,
    due: () => Promise.resolve(isFresh(usedAt) ? null : 'left behind by a killed git'),
    remove: (still) => locked(home, still, () => rm(path, { recursive: true, force: true })),
  };
}

async function locked(home: string, still: () => Promise<boolean>, work: () => Promise<void>): Promise<boolean> {
  const removed = await whileUnused(home, LOCK_MS, async () => {
    if (!(await still())) return false;
    await work();
    return true;
  });
  return removed ?? false;
}
