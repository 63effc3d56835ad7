import type { AgentName } from '../../contract/shared/agents.ts';
import { profileDirectories, type Config } from '../../config/index.ts';
import { loadProfiles } from '../../profiles/load.ts';
import type { ResolvedProfile } from '../../profiles/profile.ts';
import { resolveProfile } from '../../profiles/resolve.ts';
import { sectionFacts } from '../../runners/sections.ts';

/** A profile as GET /profiles shows it. */
export interface ProfileSummary {
  name: string;
  description: string;
  agent: AgentName;
  model: string | null;
  max_turns: number | null;
  permission_mode: string | null;
  timeout: number;
  auto_pr: boolean;
  effort: string | null;
  worktree: true;
}

/** The profiles that jobs may ask for, as they stand in their files now. */
export async function listProfiles(config: Config): Promise<ProfileSummary[]> {
  const { profiles } = await loadProfiles(profileDirectories(config), config.defaultAgent);
  return profiles.map((profile) => summarise(profile, config));
}

/** The profile as it stands now; throws `profile_not_found`, or `invalid_profile` with what is wrong with it. */
export async function readProfile(config: Config, name: string): Promise<ResolvedProfile> {
  return resolveProfile(await loadProfiles(profileDirectories(config), config.defaultAgent), name);
}

const summarise = (profile: ResolvedProfile, config: Config): ProfileSummary => ({
  name: profile.name,
  description: profile.description,
  agent: profile.agent,
  ...sectionFacts(profile),
  timeout: profile.timeout_s ?? config.agentTimeout,
  auto_pr: profile.deliver === 'pr',
  worktree: true,
});
