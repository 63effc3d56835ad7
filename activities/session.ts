import { readdir, realpath, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { derivedId } from '../contract/derived-id.ts';

/** The agent's session on a job's `attempt`: ours to choose, so that it is known before the agent says anything. */
export const sessionId = (jobId: string, attempt: number): string => derivedId('session', jobId, String(attempt));

/**
 * Path of the transcript of `session` below a CLAUDE_CONFIG_DIR; undefined when there is none. The agent may write
 * there: a transcript that is a link to somewhere else does not count.
 */
export async function findTranscript(configDir: string, session: string): Promise<string | undefined> {
  const projects = join(configDir, 'projects');
  const folders = await readdir(projects).catch((): string[] => []);
  for (const folder of folders) {
    const path = join(projects, folder, `${session}.jsonl`);
    const real = await realpath(path).catch(() => undefined);
    if (real !== undefined && real === join(await realpath(configDir), 'projects', folder, `${session}.jsonl`))
      return path;
  }
  return undefined;
}

/** The newest session of the job that this disk can resume: of this attempt (an agent that crashed) or an earlier one. */
export async function findSession(configDir: string, jobId: string, attempt: number): Promise<string | undefined> {
  for (let earlier = attempt; earlier > 0; earlier--) {
    const session = sessionId(jobId, earlier);
    if (await findTranscript(configDir, session)) return session;
  }
  return undefined;
}

/** Puts a transcript that cannot be resumed out of the way, so that its session id is free again. */
export async function discardSession(configDir: string, session: string): Promise<void> {
  const path = await findTranscript(configDir, session);
  if (path) await rename(path, `${path}.broken`);
}
