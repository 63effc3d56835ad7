import { remembering, type AskFate } from './workflow-state.ts';
import { jobThings } from './job-files.ts';
import { keptThings } from './artifacts.ts';
import { storedThings } from './stored.ts';
import { cacheThings } from './caches.ts';
import { mirrorThings } from './mirrors.ts';
import { diskUsage } from '../processes/disk-usage.ts';
import type { GcKind, Rules, Thing } from './candidate.ts';

/** One thing that can be removed, as it is reported to users. */
export interface GcItem {
  kind: GcKind;
  path: string;
  bytes: number;
  /** Since it was last of use. */
  age_s: number;
  reason: string;
}

export interface Planned {
  item: GcItem;
  thing: Thing;
  /** Whether it goes for its size, before its time. */
  spared: boolean;
}

const GIB = 1024 ** 3;

/** Order of removal beyond the size limit. Worktrees and job files are not in it: they may hold undelivered work. */
const SPARED: readonly (readonly GcKind[])[] = [['cache'], ['mirror'], ['events'], ['transcript', 'diff']];

/** Kinds that lie within others, or are soon gone. */
const NOT_COUNTED: readonly GcKind[] = ['lock', 'partial'];

/**
 * What can be removed from this disk by `rules`; removes nothing. Nothing of a workflow that is open, and nothing at
 * all where Temporal does not answer: then it throws `engine_unavailable`.
 */
export async function planGc(rules: Rules, ask: AskFate): Promise<Planned[]> {
  const asked = remembering(ask);
  const things = (
    await Promise.all([
      jobThings(rules),
      mirrorThings(rules),
      cacheThings(rules),
      keptThings(rules),
      storedThings(rules),
    ])
  ).flat();
  const { planned, rest } = await sort(things, asked);
  return rules.maxDataGb === 0 ? planned : [...planned, ...(await beyond(rules.maxDataGb, rest, asked))];
}

/** The same for the worktrees and files of jobs alone. */
export const planJobs = async (rules: Rules, ask: AskFate): Promise<Planned[]> =>
  (await sort(await jobThings(rules), remembering(ask))).planned;

/** The things that are due, and the rest. */
async function sort(things: readonly Thing[], ask: AskFate): Promise<{ planned: Planned[]; rest: Thing[] }> {
  const planned: Planned[] = [];
  const rest: Thing[] = [];
  for (const thing of things) {
    const reason = await thing.due(ask);
    if (reason === null) rest.push(thing);
    else planned.push({ thing, spared: false, item: itemOf(thing, (await diskUsage(thing.path)) ?? 0, reason) });
  }
  return { planned, rest };
}

/** The oldest of `things` without which the others take no more than `maxGb`. */
async function beyond(maxGb: number, things: readonly Thing[], ask: AskFate): Promise<Planned[]> {
  const sizes = new Map<Thing, number>();
  for (const thing of things)
    if (!NOT_COUNTED.includes(thing.kind)) sizes.set(thing, (await diskUsage(thing.path)) ?? 0);
  let excess = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0) - maxGb * GIB;
  const planned: Planned[] = [];
  for (const kinds of SPARED) {
    const oldest = things.filter(({ kind }) => kinds.includes(kind)).sort((a, b) => a.usedAt - b.usedAt);
    for (const thing of oldest) {
      if (excess <= 0) return planned;
      if ((await thing.spare?.(ask)) !== true) continue;
      const bytes = sizes.get(thing) ?? 0;
      planned.push({ thing, spared: true, item: itemOf(thing, bytes, `the total is larger than ${maxGb} GiB`) });
      excess -= bytes;
    }
  }
  return planned;
}

const itemOf = ({ kind, path, usedAt }: Thing, bytes: number, reason: string): GcItem => ({
  kind,
  path,
  bytes,
  age_s: Math.max(0, Math.round((Date.now() - usedAt) / 1_000)),
  reason,
});
