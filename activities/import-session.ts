import { constants } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../contract/shared/failures.ts';
import { transcriptFile } from '../contract/shared/artifacts.ts';
import type { EarlierSession } from '../contract/workflow/job-spec.ts';

/** Folder of the CLI's transcripts in which the earlier one lies; the CLI looks through all of them. */
const FOLDER = 'earlier-job';

/**
 * Puts the transcript of an earlier job's session where the agent's CLI finds it. Throws `session_not_found` where this
 * disk does not have it.
 */
export async function bringSession(dataDir: string, configDir: string, earlier: EarlierSession): Promise<void> {
  const { job_id, session_id } = earlier;
  const folder = join(configDir, 'projects', FOLDER);
  // An agent that ran here before may have left a link.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const kept = transcriptFile(dataDir, job_id, session_id);
  await copyFile(kept, join(folder, `${session_id}.jsonl`), constants.COPYFILE_EXCL).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Failure('session_not_found', `The transcript of session ${session_id} is not on the disk of its job.`);
  });
}
