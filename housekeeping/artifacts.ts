import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AskFate } from './workflow-state.ts';
import { after, changedAt, isFresh, removing, type GcKind, type Rules, type Thing } from './candidate.ts';

/**
 * Transcripts, diffs and event logs: what is kept of jobs that have ended; and halves of them that killed processes
 * left.
 */
export async function keptThings(rules: Rules): Promise<Thing[]> {
  const { keepTranscriptsDays, keepEventsDays } = rules;
  const all = await Promise.all([
    inFolder(join(rules.dataDir, 'transcripts'), {
      kind: 'transcript',
      name: /^(\w[\w.-]*)$/,
      days: keepTranscriptsDays,
    }),
    inFolder(join(rules.dataDir, 'diffs'), { kind: 'diff', name: /^(\w[\w.-]*)\.diff$/, days: keepTranscriptsDays }),
    inFolder(join(rules.dataDir, 'events'), { kind: 'events', name: /^(\w[\w.-]*)\.jsonl$/, days: keepEventsDays }),
  ]);
  return all.flat();
}

/** What a killed process leaves beside a diff, and beside an event log that it wrote or made smaller. */
const HALF = /\.diff\.part$|^\..*\.jsonl\.\d+$|\.jsonl\.lock$/;

interface Kept {
  kind: GcKind;
  /** Of those that belong to the workflow in its first group. */
  name: RegExp;
  days: number;
}

async function inFolder(folder: string, kept: Kept): Promise<Thing[]> {
  const names = await readdir(folder).catch(() => []);
  const things = names.map(async (name) => {
    const path = join(folder, name);
    const usedAt = await changedAt(path, ...(kept.kind === 'transcript' ? await entriesOf(path) : []));
    const id = kept.name.exec(name)?.[1];
    if (id !== undefined) return keptThing(path, { ...kept, id, usedAt });
    return HALF.test(name) ? halfThing(path, usedAt) : undefined;
  });
  return (await Promise.all(things)).filter((thing) => thing !== undefined);
}

function keptThing(path: string, { kind, days, id, usedAt }: Kept & { id: string; usedAt: number }): Thing {
  const isOver = async (ask: AskFate): Promise<boolean> => (await ask(id)).state !== 'open';
  return {
    kind,
    path,
    usedAt,
    // Age first: most are too young, and Temporal is not asked about those.
    due: async (ask) => {
      const reason = after(days, usedAt, 'its job has ended, and its retention is over');
      return reason !== null && (await isOver(ask)) ? reason : null;
    },
    spare: isOver,
    remove: removing(() => rm(path, { recursive: true, force: true })),
  };
}

const halfThing = (path: string, usedAt: number): Thing => ({
  kind: 'partial',
  path,
  usedAt,
  due: () => Promise.resolve(isFresh(usedAt) ? null : 'left behind by a killed process'),
  remove: removing(() => rm(path, { force: true })),
});

const entriesOf = async (folder: string): Promise<string[]> =>
  (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
