import type { AgentName } from '../contract/shared/agents.ts';
import { InvalidFile } from '../contract/shared/file-problem.ts';
import { loadProfiles } from './load.ts';
import type { Profiles, ResolvedProfile } from './profile.ts';

/**
 * Writes the files that an agent gets of a profile into a directory of its own; throws `invalid_profile` (InvalidFile).
 */
export type TryFiles = (profile: ResolvedProfile) => Promise<unknown>;

/** The profiles in `directories`, as loadProfiles has them, with also the mistakes in their further files. */
export async function checkProfiles(
  directories: readonly string[],
  defaultAgent: AgentName,
  tryFiles: TryFiles,
): Promise<Profiles> {
  const { profiles, problems } = await loadProfiles(directories, defaultAgent);
  const usable: ResolvedProfile[] = [];
  for (const profile of profiles) {
    try {
      await tryFiles(profile);
      usable.push(profile);
    } catch (error) {
      if (!(error instanceof InvalidFile)) throw error;
      problems.push({ profile: profile.name, ...error.problem });
    }
  }
  return { profiles: usable, problems };
}
