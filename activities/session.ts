import { transcriptFile } from '../contract/shared/artifacts.ts';
import { derivedId } from '../contract/shared/derived-id.ts';
import { Failure } from '../contract/shared/failures.ts';
import type { EarlierSession } from '../contract/workflow/job-spec.ts';
import type { SessionStore } from '../runners/agent.ts';
import type { Deps } from './deps.ts';
import type { JobPaths } from './paths.ts';
import { readStoredProfile } from './stored-profile.ts';

/** The agent's session on a job's `attempt`: chosen by us, so that it is known before the agent says anything. */
export const sessionId = (jobId: string, attempt: number): string => derivedId('session', jobId, String(attempt));

/**
 * The newest session of the job that this disk can resume: of this attempt (an agent that crashed) or an earlier one.
 */
export async function findResumable(
  sessions: SessionStore,
  configDir: string,
  jobId: string,
  attempt: number,
): Promise<string | undefined> {
  for (let earlier = attempt; earlier > 0; earlier--) {
    const session = sessionId(jobId, earlier);
    if ((await sessions.find(configDir, session)) !== undefined) return session;
  }
  return undefined;
}

/** The same, of the agent that an earlier attempt on this disk had; undefined where there was none. */
export async function resumableSession(
  { agents }: Pick<Deps, 'agents'>,
  { config, profile }: Pick<JobPaths, 'config' | 'profile'>,
  jobId: string,
  attempt: number,
): Promise<string | undefined> {
  const stored = await readStoredProfile(profile).catch(() => undefined);
  return stored && findResumable(agents[stored.agent].sessions, config, jobId, attempt);
}

/**
 * Puts the transcript of an earlier job's session where the agent finds it. Throws `session_not_found` where this disk
 * does not have it.
 */
export async function importSession(
  sessions: SessionStore,
  dataDir: string,
  configDir: string,
  { job_id, session_id }: EarlierSession,
): Promise<void> {
  try {
    await sessions.import(configDir, session_id, transcriptFile(dataDir, job_id, session_id));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new Failure('session_not_found', `The transcript of session ${session_id} is not on the disk of its job.`);
  }
}
