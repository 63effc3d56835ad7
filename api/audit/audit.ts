import type { AuditReply, AuditedSurface, SurfaceRecord } from '../../contract/http/audit.ts';
import { runIdOf } from '../../contract/workflow/names.ts';
import type { EventLog } from '../../events/event-log.ts';
import type { RedisRelay } from '../../events/redis-relay.ts';
import type { ObjectStore } from '../../store/object-store.ts';
import { compareSaid, type FoundDifference } from './compare.ts';
import { readRuns, type LoggedRun } from './log.ts';
import { saidOnDisk } from './transcript.ts';
import { asOnWire, saidOnWire } from './wire.ts';

/** A session or a job, and where what its agent said is written down. */
export interface AuditSubject {
  id: string;
  /** The agent's own id of its session; null where no agent has begun. */
  agentSession: string | null;
  /** Identity of the data directory that has its files; null where that is not known. */
  disk: string | null;
  /** Whether its agent began with a conversation of another one. */
  hasPrefix: boolean;
}

/** Where what agents say is written down, as far as this server reaches it. */
export interface Surfaces {
  events: EventLog;
  dataDir: string;
  /** Identity of `dataDir`. */
  disk: string;
  store: ObjectStore;
  /** Absent where nothing is published. */
  relay?: Pick<RedisRelay, 'read'> | undefined;
}

/** One surface, compared. */
interface Compared extends SurfaceRecord {
  found: FoundDifference[];
}

/** Compares the event log of a session, or job, with everything else that tells what its agent said. */
export async function audit(surfaces: Surfaces, subject: AuditSubject): Promise<Omit<AuditReply, 'success'>> {
  const { runs, hasGaps } = await readRuns(surfaces.events, subject.id);
  const compared = [onWire(runs), await onDisk(surfaces, subject, runs), await onRelay(surfaces, subject.id, runs)];
  const found = compared.flatMap((each) => each.found);
  const told = ({ surface, run, what }: FoundDifference): string =>
    `${surface}${run === null ? '' : `, run ${run}`}: ${what}`;
  return {
    id: subject.id,
    equal: found.every(({ mayDiffer }) => mayDiffer),
    runs: runs.length,
    blocks: runs.flatMap(({ said }) => said).length,
    surfaces: compared.map(({ found: _found, ...record }) => record),
    differences: found.filter(({ mayDiffer }) => !mayDiffer).map(({ surface, run, what }) => ({ surface, run, what })),
    notes: [
      ...(hasGaps ? ['A part of the event log is not kept any more.'] : []),
      ...found.filter(({ mayDiffer }) => mayDiffer).map(told),
    ],
  };
}

async function onDisk(
  surfaces: Surfaces,
  { id, disk, agentSession, hasPrefix }: AuditSubject,
  all: LoggedRun[],
): Promise<Compared> {
  const runs = all.slice(
    Math.max(
      0,
      all.findLastIndex(({ restarted }) => restarted),
    ),
  );
  if (agentSession === null || runs.every(({ said }) => said.length === 0))
    return skipped('transcript', 'no agent has said anything yet');
  const isHere = disk === null || disk === surfaces.disk;
  const there = await saidOnDisk(surfaces, { id, agentSession, isHere });
  if (there === undefined)
    return missing('transcript', `there is no transcript of the agent's session ${agentSession}`);
  const { said: other, keepsCalls } = there;
  const found = compareSaid({ surface: 'transcript', runs, other, hasPrefix, keepsCalls });
  const note = [
    ...(runs.length < all.length ? ['only since the agent began anew'] : []),
    ...(keepsCalls ? [] : ['tool calls by their ids only']),
  ].join('; ');
  return { surface: 'transcript', compared: true, blocks: other.length, note: note === '' ? null : note, found };
}

function onWire(runs: readonly LoggedRun[]): Compared {
  const perRun = runs.map((run) => ({ run, other: saidOnWire(run.events) }));
  const found = perRun.flatMap(({ run, other }) =>
    compareSaid({ surface: 'wire', runs: [{ ...run, said: asOnWire(run.said) }], other }),
  );
  const blocks = perRun.flatMap(({ other }) => other).length;
  return { surface: 'wire', compared: true, blocks, note: null, found };
}

/** Only what is there is compared: it is published as far as that is possible, and kept for an hour. */
async function onRelay({ relay }: Surfaces, id: string, runs: readonly LoggedRun[]): Promise<Compared> {
  if (relay === undefined) return skipped('redis', 'nothing is published: that needs AGENT_MODE and REDIS_URL');
  const read = await Promise.all(runs.map(async (run) => ({ run, other: await relay.read(runIdOf(id, run.number)) })));
  const kept = read.flatMap(({ run, other }) => (other === undefined ? [] : [{ run, other }]));
  const found = kept.flatMap(({ run, other }) => compareSaid({ surface: 'redis', runs: [run], other }));
  const note = kept.length === runs.length ? null : `${runs.length - kept.length} runs are not kept there (any more)`;
  const blocks = kept.flatMap(({ other }) => other).length;
  return { surface: 'redis', compared: kept.length > 0, blocks, note, found };
}

const skipped = (surface: AuditedSurface, note: string): Compared => ({
  surface,
  compared: false,
  blocks: 0,
  note,
  found: [],
});

const missing = (surface: AuditedSurface, what: string): Compared => ({
  ...skipped(surface, what),
  found: [{ surface, run: null, what, mayDiffer: false }],
});
