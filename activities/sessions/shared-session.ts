import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TurnStep } from '../../contract/workflow/run-state.ts';
import type { SessionStore } from '../../runners/agent.ts';
import type { Deps } from '../deps.ts';
import { jobPaths } from '../paths.ts';
import { keepSession } from '../ship-transcript.ts';
import { readTurn, writeTurn, type TurnRecord } from './turn-record.ts';

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

/** Keeps the transcript after `turn` for other hosts, where they reach it. One that cannot be kept costs them only. */
export async function shareSession(deps: StoreDeps, step: TurnStep, turn: TurnRecord): Promise<void> {
  const { transcripts, log } = deps;
  if (!transcripts.isShared) return;
  try {
    const kept = await keepSession(deps, step, turn.agent_session);
    if (kept !== null) await transcripts.put(step.job_id, turn, await readFile(kept));
  } catch (error) {
    log.warn({ session: step.job_id, error }, 'could not keep the transcript of a session for other hosts');
  }
}
