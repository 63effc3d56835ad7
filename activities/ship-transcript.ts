import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TranscriptStep } from '../contract/steps.ts';
import { findTranscript } from '../runners/claude-transcript.ts';
import { environmentOf } from './agent-env.ts';
import { copyWithoutSecrets } from './clean-copy.ts';
import type { Step } from './index.ts';
import { jobPaths } from './paths.ts';
import { findSession } from './session.ts';
import { readStoredProfile } from './stored-profile.ts';

/** Keeps the agent's transcript under the data directory. Never fails the job: without one the answer is null. */
export const shipTranscript: Step<TranscriptStep, { transcript: string | null }> = async ({ settings, log }, step) => {
  const paths = jobPaths(settings, step.job_id);
  try {
    const session = await findSession(paths.config, step.job_id, step.attempt);
    const transcript = session && (await findTranscript(paths.config, session));
    if (!transcript) return { transcript: null };
    await mkdir(paths.transcripts, { recursive: true, mode: 0o700 });
    const kept = join(paths.transcripts, `${session}.jsonl`);
    const { env } = await readStoredProfile(paths.profile);
    await copyWithoutSecrets(transcript, kept, environmentOf(settings, paths, env));
    return { transcript: kept };
  } catch (error) {
    log.warn({ job: step.job_id, error }, 'the transcript was not kept');
    return { transcript: null };
  }
};
