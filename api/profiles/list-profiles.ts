import { profileDirectories, type Config } from '../../config/index.ts';
import { loadProfiles } from '../../profiles/load.ts';
import type { ResolvedProfile } from '../../profiles/profile.ts';
import { resolveProfile } from '../../profiles/resolve.ts';

/** A profile as GET /profiles shows it. */
export interface ProfileSummary {
  name: string;
  description: string;
  model: string | null;
  max_turns: number | null;
  permission_mode: string;
  timeout: number;
  auto_pr: boolean;
  effort: string | null;
  worktree: true;
}

/** The profiles that jobs may ask for, as they stand in their files now. */
export async function listProfiles(config: Config): Promise<ProfileSummary[]> {
  const { profiles } = await loadProfiles(profileDirectories(config));
  return profiles.map((profile) => summarise(profile, config));
}

/** Throws `profile_not_found`, or `invalid_profile` with what is wrong with it. */
export async function checkProfile(config: Config, name: string): Promise<void> {
  resolveProfile(await loadProfiles(profileDirectories(config)), name);
}

const summarise = (
  { name, description, claude, timeout_s, deliver }: ResolvedProfile,
  config: Config,
): ProfileSummary => ({
  name,
  description,
  model: claude.model ?? null,
  max_turns: claude.max_turns ?? null,
  permission_mode: claude.permission_mode,
  timeout: timeout_s ?? config.claudeTimeout,
  auto_pr: deliver === 'pr',
  effort: claude.effort ?? null,
  worktree: true,
});
