import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { transcriptFile } from '../contract/shared/artifacts.ts';
import type { WorkPlace } from '../contract/workflow/seat.ts';
import { readLines } from '../processes/lines.ts';
import { maskOf, type Mask } from '../runners/secrets.ts';
import { environmentOf } from './agent-invocation.ts';
import type { Deps } from './deps.ts';
import { jobPaths } from './paths.ts';
import { resumableSession } from './session.ts';
import { readStoredProfile } from './stored-profile.ts';

/** Where the newest transcript of the job is kept now; null when there is none, or it cannot be kept. */
export async function keepTranscript(deps: TranscriptDeps, place: WorkPlace, attempt: number): Promise<string | null> {
  const { config, profile } = jobPaths(deps.settings, place);
  const session = await resumableSession(deps, { config, profile }, place.job_id, attempt);
  return session === undefined ? null : keepSession(deps, place, session);
}

type TranscriptDeps = Pick<Deps, 'settings' | 'agents' | 'log'>;

/** Where the transcript of the agent's session is kept now; null when there is none, or it cannot be kept. */
export async function keepSession(
  { settings, agents, log }: TranscriptDeps,
  place: WorkPlace,
  session: string,
): Promise<string | null> {
  const paths = jobPaths(settings, place);
  const jobId = place.job_id;
  try {
    const profile = await readStoredProfile(paths.profile);
    const agent = agents[profile.agent];
    const transcript = await agent.sessions.find(paths.config, session);
    if (!transcript) return null;
    await mkdir(paths.transcripts, { recursive: true, mode: 0o700 });
    const kept = transcriptFile(settings.dataDir, jobId, session);
    await copyWithoutSecrets(transcript, kept, environmentOf(settings, agent, paths, profile.env));
    return kept;
  } catch (error) {
    log.warn({ job: jobId, error }, 'could not keep the transcript');
    return null;
  }
}

/**
 * Copies a file of JSON lines, replacing the values of the secret variables of `env`. The agent has them, and may have
 * read them out. What it wrote in another form, such as base64, stays.
 */
async function copyWithoutSecrets(from: string, to: string, env: Record<string, string>): Promise<void> {
  const mask = maskOf(env);
  const draft = `${to}.part`;
  await pipeline(
    readLines(createReadStream(from), Infinity),
    async function* (lines: AsyncIterable<string>) {
      for await (const line of lines) yield `${maskLine(line, mask)}\n`;
    },
    createWriteStream(draft, { mode: 0o600 }),
  );
  // Who reads it meanwhile has the one before, whole.
  await rename(draft, to);
}

/** A line without secrets stays as it is, to the byte. */
function maskLine(line: string, mask: Mask): string {
  try {
    const entry: unknown = JSON.parse(line);
    const masked = JSON.stringify(mask.json(entry));
    return masked === JSON.stringify(entry) ? line : masked;
  } catch {
    return mask.text(line);
  }
}
