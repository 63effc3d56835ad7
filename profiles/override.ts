import type { Requested } from '../contract/workflow/job-spec.ts';
import { overrideSection, readOnlySection, sectionWithoutTools } from '../runners/sections.ts';
import type { ResolvedProfile } from './profile.ts';

/** What a job says in place of its profile. */
type ProfileOverride = Pick<
  Partial<Requested>,
  'agent' | 'model' | 'timeout' | 'max_budget_usd' | 'lfs' | 'submodules'
>;

/** The profile with what the job says in its place. */
export function override(
  profile: ResolvedProfile,
  { agent, timeout, lfs, submodules, ...by }: ProfileOverride,
): ResolvedProfile {
  const parts = { lfs: lfs ?? profile.lfs, submodules: submodules ?? profile.submodules };
  const chosen = { ...profile, ...parts, agent: agent ?? profile.agent };
  return { ...chosen, ...overrideSection(chosen, by), timeout_s: timeout ?? profile.timeout_s };
}

/**
 * The profile for an agent that makes a plan, whatever else it says: the agent can read and nothing else, the
 * repository's settings do not apply, no command of the profile is run, and nothing is delivered.
 */
export const readOnly = (profile: ResolvedProfile): ResolvedProfile => ({
  ...profile,
  ...readOnlySection(profile),
  deliver: 'none',
  setup: null,
  verify: null,
  trust_repo: false,
});

/** The profile for an agent that only talks: no tools, no settings with hooks, and nothing of the repository's. */
export const withoutTools = (profile: ResolvedProfile): ResolvedProfile => ({
  ...profile,
  ...sectionWithoutTools(profile),
  folders: [],
  trust_repo: false,
});
