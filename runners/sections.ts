import { defined } from '../contract/shared/defined.ts';
import { AGENT_NAMES, type AgentName } from '../contract/shared/agents.ts';
import { claudeSection, type ClaudeFileSection, type ClaudeSettings } from './claude/profile-section.ts';
import type { SectionFacts, SectionOverride } from './profile-section.ts';

// profiles/ imports this file and nothing else of runners/: a new agent's section is added here.

const SECTIONS = { claude: claudeSection } as const;

/** The sections of a resolved profile, by the name of the agent. */
export interface AgentSections {
  claude: ClaudeSettings;
}

/** The sections of one profile.yml. */
interface FileSections {
  claude?: ClaudeFileSection | undefined;
}

/** Part of the schema of a profile.yml. */
export const sectionSchemas = { claude: claudeSection.schema.optional() };

/** The sections of a profile and its parents, the furthest parent first, and the seconds that `agent` may run. */
export const combineSections = (
  files: readonly FileSections[],
  agent: AgentName,
): { sections: AgentSections; timeout_s: number | null } => {
  const claude = files.flatMap((file) => file.claude ?? []);
  return { sections: { claude: claudeSection.combine(claude) }, timeout_s: SECTIONS[agent].timeoutOf(claude) };
};

/** What to do in place of `field`, where it is a known mistake in a profile.yml. */
export const insteadOf = (field: string): string | undefined =>
  AGENT_NAMES.map((name) => SECTIONS[name].insteadOf(field)).find((advice) => advice !== undefined);

/** A profile with the section of its agent. */
export type WithSections = AgentSections & { agent: AgentName };

/** What a list of profiles shows of the section of the profile's agent. */
export const sectionFacts = (profile: WithSections): SectionFacts =>
  SECTIONS[profile.agent].facts(profile[profile.agent]);

/** The section of the profile's agent with what a job says in its place. */
export const overrideSection = (profile: WithSections, by: SectionOverride): Partial<AgentSections> =>
  defined({ [profile.agent]: SECTIONS[profile.agent].override(profile[profile.agent], by) });

/** The section of the profile's agent for an agent that can only read. */
export const readOnlySection = (profile: WithSections): Partial<AgentSections> =>
  defined({ [profile.agent]: SECTIONS[profile.agent].readOnly(profile[profile.agent]) });
