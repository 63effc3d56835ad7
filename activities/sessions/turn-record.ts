import { readFile, rename, writeFile } from 'node:fs/promises';
import { derivedId } from '../../contract/shared/derived-id.ts';
import type { TurnStep } from '../../contract/workflow/run-state.ts';
import { jobPaths } from '../paths.ts';

/** What a session's agent was asked last on this disk, by whichever process. */
export interface TurnRecord {
  /** The agent's id of its session. */
  agent_session: string;
  generation: number;
  /** Number of the run. */
  run: number;
  /** The seat under which it was asked. */
  token: string;
  /** How many calls of the run that were asked for have a result, by what is called. */
  done: Readonly<Record<string, number>>;
  /** By which the agent's processes are known, where not by the session. */
  marker?: string;
  /** Calls of the run that waited for a decision when this was written. */
  waiting?: readonly WaitingCall[];
}

export interface WaitingCall {
  /** Of the approval. */
  id: string;
  name: string;
  input: unknown;
}

/** Where jobs and sessions have their files. */
type Roots = Parameters<typeof jobPaths>[0];

/** Undefined where this disk has had no turn of the session. */
export async function readTurn(settings: Roots, session_id: string): Promise<TurnRecord | undefined> {
  const text = await readFile(jobPaths(settings, { job_id: session_id }).turn, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as TurnRecord);
}

export async function writeTurn(settings: Roots, session_id: string, turn: TurnRecord): Promise<void> {
  const { turn: path } = jobPaths(settings, { job_id: session_id });
  await writeFile(`${path}.part`, JSON.stringify(turn), { mode: 0o600 });
  await rename(`${path}.part`, path);
}

/**
 * The record of a turn with which a new session of the agent begins. The session's id is chosen by us, so that it is
 * known before the agent says anything; another seat gets another one, since its disk may not have this one.
 */
export const newSession = ({ job_id, number: run, token }: TurnStep, generation: number): TurnRecord => ({
  agent_session: derivedId('agent-session', job_id, String(generation), token),
  generation,
  run,
  token,
  done: {},
});
