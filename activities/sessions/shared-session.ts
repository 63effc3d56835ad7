import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TurnStep } from '../../contract/workflow/run-state.ts';
import type { SeatStep } from '../../contract/workflow/seat.ts';
import type { SessionStore } from '../../runners/agent.ts';
import type { Deps } from '../deps.ts';
import { jobPaths } from '../paths.ts';
import { keepSession } from '../keep-transcript.ts';
import { readStoredProfile } from '../stored-profile.ts';
import { readTurn, writeTurn, type TurnRecord } from './turn-record.ts';

/** How often a transcript is looked at while it grows (milliseconds), and which part of the time its keeping takes. */
const SHARE_MS = 500;
const SHARE_PART = 10;

type StoreDeps = Pick<Deps, 'settings' | 'transcripts' | 'agents' | 'log'>;

/** The last turn that this disk has had of a session, and a later one that another host has kept. */
export interface KnownTurns {
  here: TurnRecord | undefined;
  /** Undefined where this disk has all that was said. */
  newer: TurnRecord | undefined;
}

export async function knownTurns({ settings, transcripts }: StoreDeps, session_id: string): Promise<KnownTurns> {
  const here = await readTurn(settings, session_id);
  const kept = transcripts.isShared ? await transcripts.last(session_id) : undefined;
  const isNewer = kept !== undefined && kept.token !== here?.token && kept.run >= (here?.run ?? 0);
  return { here, newer: isNewer ? kept : undefined };
}

/**
 * Puts the transcript of `turn`, which another host has kept, where the agent finds it; false where it is gone. What
 * this disk had under the session's id goes out of the way.
 */
export async function fetchSession(
  { settings, transcripts }: StoreDeps,
  sessions: SessionStore,
  step: TurnStep,
  turn: TurnRecord,
): Promise<boolean> {
  const transcript = await transcripts.get(step.job_id, turn);
  if (transcript === undefined) return false;
  const { config, dir } = jobPaths(settings, step);
  const file = join(dir, 'fetched.jsonl');
  try {
    await writeFile(file, transcript, { mode: 0o600 });
    await sessions.discard(config, turn.agent_session);
    await sessions.import(config, turn.agent_session, file);
  } finally {
    await rm(file, { force: true });
  }
  await writeTurn(settings, step.job_id, turn);
  return true;
}

/** Keeps the transcript of `turn` for other hosts, where they reach it. One that cannot be kept costs them only. */
export async function shareSession(deps: StoreDeps, step: SeatStep, turn: TurnRecord): Promise<void> {
  const { transcripts, log } = deps;
  if (!transcripts.isShared) return;
  try {
    const kept = await keepSession(deps, step, turn.agent_session);
    if (kept !== null) await transcripts.put(step.job_id, turn, wholeLines(await readFile(kept)));
  } catch (error) {
    log.warn({ session: step.job_id, error }, 'could not keep the transcript of a session for other hosts');
  }
}

/** Without a last line that the agent had not written to its end. */
function wholeLines(transcript: Buffer): Buffer {
  const start = transcript.lastIndexOf('\n', -2) + 1;
  try {
    JSON.parse(transcript.toString('utf8', start));
    return transcript;
  } catch {
    return transcript.subarray(0, start);
  }
}

/**
 * Shares the session of `turn` whenever its transcript has grown, until the result is called: should this host be lost
 * in the middle of the turn, the next one goes on after what was done by then. The answer never waits for it.
 */
export function shareMeanwhile(deps: StoreDeps, step: SeatStep, turn: TurnRecord): () => Promise<void> {
  const over = new AbortController();
  const done = deps.transcripts.isShared ? shareUntil(over.signal, deps, step, turn) : Promise.resolve();
  return () => {
    over.abort();
    return done;
  };
}

async function shareUntil(over: AbortSignal, deps: StoreDeps, step: SeatStep, turn: TurnRecord): Promise<void> {
  let shared = await sizeOf(deps, step, turn);
  for (let pauseMs = SHARE_MS; !over.aborted;) {
    await sleep(pauseMs, undefined, { signal: over }).catch(() => undefined);
    const size = over.aborted ? shared : await sizeOf(deps, step, turn);
    if (size === shared) continue;
    const began = Date.now();
    await shareSession(deps, step, turn);
    shared = size;
    pauseMs = Math.max(SHARE_MS, SHARE_PART * (Date.now() - began));
  }
}

/** Bytes of the transcript so far; 0 where there is none. */
async function sizeOf({ settings, agents }: StoreDeps, step: SeatStep, turn: TurnRecord): Promise<number> {
  const { config, profile } = jobPaths(settings, step);
  try {
    const { sessions } = agents[(await readStoredProfile(profile)).agent];
    const path = await sessions.find(config, turn.agent_session);
    return path === undefined ? 0 : (await stat(path)).size;
  } catch {
    return 0;
  }
}
