import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transcriptFile } from '../../contract/shared/artifacts.ts';
import { Failure } from '../../contract/shared/failures.ts';
import { runOfMessage } from '../../contract/workflow/names.ts';
import type { TurnStep } from '../../contract/workflow/run-state.ts';
import type { ForkedConversation } from '../../contract/workflow/session-state.ts';
import { exists } from '../../processes/path-exists.ts';
import type { SessionStore } from '../../runners/agent.ts';
import type { Deps } from '../deps.ts';
import { jobPaths } from '../paths.ts';

interface Fork {
  from: ForkedConversation;
  /** The agent's own id of the new session. */
  to: string;
}

/**
 * Makes the session of the agent with which a fork begins: from the files of its source where this is their disk, else
 * from the shared store. False where neither has it.
 */
export async function forkSession(
  deps: Pick<Deps, 'settings' | 'transcripts'>,
  sessions: SessionStore,
  step: TurnStep,
  { from, to }: Fork,
): Promise<boolean> {
  const { config, dir } = jobPaths(deps.settings, step);
  const isOver = (message: string): boolean => isLeftOut(from, message);
  const here = await fileOf(deps, sessions, from);
  if (here !== undefined) return isForked(sessions.fork(config, to, here, isOver));
  const kept = await keptOf(deps, from);
  if (kept === undefined) return false;
  const file = join(dir, 'fetched.jsonl');
  try {
    await writeFile(file, kept, { mode: 0o600 });
    return await isForked(sessions.fork(config, to, file, isOver));
  } finally {
    await rm(file, { force: true });
  }
}

/** Whether the conversation ends before the message. */
export function isLeftOut({ session_id, runs, without }: ForkedConversation, message: string): boolean {
  const number = runOfMessage(session_id, message);
  return number !== undefined && (number > runs || without.includes(number));
}

/** The transcript among the files of the session, or, where it is closed, what was kept of it. */
async function fileOf(
  { settings }: Pick<Deps, 'settings'>,
  sessions: SessionStore,
  { session_id, agent_session, disk }: ForkedConversation,
): Promise<string | undefined> {
  // Elsewhere it may have gone on without this disk.
  if (settings.disk !== disk) return undefined;
  const found = await sessions.find(jobPaths(settings, { job_id: session_id }).config, agent_session);
  if (found !== undefined) return found;
  const kept = transcriptFile(settings.dataDir, session_id, agent_session);
  return (await exists(kept)) ? kept : undefined;
}

async function keptOf(
  { transcripts }: Pick<Deps, 'transcripts'>,
  { session_id, agent_session }: ForkedConversation,
): Promise<Buffer | undefined> {
  if (!transcripts.isShared) return undefined;
  const turn = await transcripts.last(session_id);
  return turn?.agent_session === agent_session ? transcripts.get(session_id, turn) : undefined;
}

/** False where the transcript is that of another agent: the profile has changed. */
async function isForked(forked: Promise<void>): Promise<boolean> {
  try {
    await forked;
    return true;
  } catch (error) {
    if (error instanceof Failure && error.type === 'session_not_found') return false;
    throw error;
  }
}
