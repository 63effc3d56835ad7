import type { ResolvedProfile } from './profile.ts';

/** Tools that change nothing. */
const READING = ['Read', 'Glob', 'Grep'];

/**
 * The profile for an agent that makes a plan, whatever else it says: it can read and nothing else, what the repository
 * says of tools and hooks does not count, and nothing is delivered.
 */
export const readOnly = ({ claude, ...profile }: ResolvedProfile): ResolvedProfile => ({
  ...profile,
  deliver: 'none',
  trust_repo: false,
  // An agent of the profile's own could bring servers and hooks.
  claude: { ...claude, tools: READING, allowed_tools: [], permission_mode: 'plan', agent: undefined },
});
