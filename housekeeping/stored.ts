import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { storeFolder } from '../store/open-store.ts';
import { after, changedAt, isFresh, removing, type Rules, type Thing } from './candidate.ts';

/**
 * Long messages and pictures, which their sessions have read long ago; transcripts of jobs and sessions that are over,
 * or unknown; and halves of them that killed processes left. A bucket has rules of its own.
 */
export async function storedThings(rules: Rules): Promise<Thing[]> {
  const store = storeFolder(rules);
  const folders = ['contents', 'sessions', 'transcripts'].map((name) => filesIn(join(store, name)));
  const [contents = [], ...ofIds] = await Promise.all(folders);
  const things = [
    ...contents.map(async (path): Promise<Thing> => {
      // The same content may be said again meanwhile.
      const due = async (): Promise<string | null> =>
        after(rules.keepTranscriptsDays, await changedAt(path), 'not used');
      return thingOf(path, await changedAt(path), due);
    }),
    ...ofIds.flat().map(async (path): Promise<Thing> => {
      const usedAt = await changedAt(path);
      const reason = after(
        rules.keepTranscriptsDays,
        usedAt,
        'its job or session has ended, and its retention is over',
      );
      const id = path.split('/').at(-2) ?? '';
      return thingOf(path, usedAt, async (ask) =>
        reason !== null && (await ask(id)).state !== 'open' ? reason : null,
      );
    }),
  ];
  return Promise.all(things);
}

function thingOf(path: string, usedAt: number, due: Thing['due']): Thing {
  const remove = removing(() => rm(path, { force: true }));
  if (!path.endsWith('.part')) return { kind: 'content', path, usedAt, due, remove };
  const left = isFresh(usedAt) ? null : 'left behind by a killed process';
  return { kind: 'partial', path, usedAt, due: () => Promise.resolve(left), remove };
}

/** The files two folders down. */
async function filesIn(folder: string): Promise<string[]> {
  const folders = (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
  const files = await Promise.all(
    folders.map(async (below) => (await readdir(below).catch(() => [])).map((name) => join(below, name))),
  );
  return files.flat();
}
