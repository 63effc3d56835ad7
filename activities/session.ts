import { rename } from 'node:fs/promises';
import { derivedId } from '../contract/shared/derived-id.ts';
import { findTranscript } from '../runners/claude/transcript.ts';

/** The agent's session on a job's `attempt`: ours to choose, so that it is known before the agent says anything. */
export const sessionId = (jobId: string, attempt: number): string => derivedId('session', jobId, String(attempt));

/** The newest session of the job that this disk can resume: of this attempt (an agent that crashed) or an earlier one. */
export async function findResumable(configDir: string, jobId: string, attempt: number): Promise<string | undefined> {
  for (let earlier = attempt; earlier > 0; earlier--) {
    const session = sessionId(jobId, earlier);
    if (await findTranscript(configDir, session)) return session;
  }
  return undefined;
}

/** The session in which the agent will run on this attempt: one that can be resumed, or a new one. */
export async function nextSession(configDir: string, jobId: string, attempt: number): Promise<string> {
  return (await findResumable(configDir, jobId, attempt)) ?? sessionId(jobId, attempt);
}

/** Puts a transcript that cannot be resumed out of the way, so that its session id is free again. */
export async function discardSession(configDir: string, session: string): Promise<void> {
  const path = await findTranscript(configDir, session);
  if (path) await rename(path, `${path}.broken`);
}
