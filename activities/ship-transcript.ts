import { mkdir } from 'node:fs/promises';
import { transcriptFile } from '../contract/shared/artifacts.ts';
import type { WorkPlace } from '../contract/workflow/seat.ts';
import type { TranscriptStep } from '../contract/workflow/steps.ts';
import { findTranscript } from '../runners/claude/transcript.ts';
import { environmentOf } from './agent-env.ts';
import { copyWithoutSecrets } from './redacted-copy.ts';
import type { Deps } from './deps.ts';
import type { Step } from './step.ts';
import { jobPaths } from './paths.ts';
import { findResumable } from './session.ts';
import { readStoredProfile } from './stored-profile.ts';

/** Keeps the agent's transcript under the data directory. Never fails the job: without one the answer is null. */
export const shipTranscript: Step<TranscriptStep, { transcript: string | null }> = async (deps, step) => ({
  transcript: await keepTranscript(deps, step, step.attempt),
});

/** Where the newest transcript of the job is kept now; null when there is none, or it cannot be kept. */
export async function keepTranscript(
  { settings, log }: Pick<Deps, 'settings' | 'log'>,
  place: WorkPlace,
  attempt: number,
): Promise<string | null> {
  const paths = jobPaths(settings, place);
  const jobId = place.job_id;
  try {
    const session = await findResumable(paths.config, jobId, attempt);
    const transcript = session && (await findTranscript(paths.config, session));
    if (!transcript) return null;
    await mkdir(paths.transcripts, { recursive: true, mode: 0o700 });
    const kept = transcriptFile(settings.dataDir, jobId, session);
    const { env } = await readStoredProfile(paths.profile);
    await copyWithoutSecrets(transcript, kept, environmentOf(settings, paths, env));
    return kept;
  } catch (error) {
    log.warn({ job: jobId, error }, 'could not keep the transcript');
    return null;
  }
}
