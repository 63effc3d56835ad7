import { AGENT_NAMES, type AgentName } from '../contract/shared/agents.ts';
import { claudeSection, type ClaudeFileSection, type ClaudeSettings } from './claude/profile-section.ts';
import { codexSection, type CodexFileSection, type CodexSettings } from './codex/profile-section.ts';
import type { ProfileSection, SectionFacts, SectionOverride } from './profile-section.ts';

// profiles/ imports this file and nothing else of runners/: a new agent's section is added here.

const SECTIONS = { claude: claudeSection, codex: codexSection } as const;

/** The sections of a resolved profile, by the name of the agent. */
export interface AgentSections {
  claude: ClaudeSettings;
  codex: CodexSettings;
}

/** The sections of one profile.yml. */
interface FileSections {
  claude?: ClaudeFileSection | undefined;
  codex?: CodexFileSection | undefined;
}

/** Part of the schema of a profile.yml. */
export const sectionSchemas = { claude: claudeSection.schema.optional(), codex: codexSection.schema.optional() };

/** The sections of a profile and its parents, the furthest parent first, and the seconds that `agent` may run. */
export const combineSections = (
  files: readonly FileSections[],
  agent: AgentName,
): { sections: AgentSections; timeout_s: number | null } => {
  const claude = files.flatMap((file) => file.claude ?? []);
  const codex = files.flatMap((file) => file.codex ?? []);
  const timeouts = { claude: claudeSection.timeoutOf(claude), codex: codexSection.timeoutOf(codex) };
  const sections = { claude: claudeSection.combine(claude), codex: codexSection.combine(codex) };
  return { sections, timeout_s: timeouts[agent] };
};

/** What to do in place of `field`, where it is a known mistake in a profile.yml. */
export const insteadOf = (field: string): string | undefined =>
  AGENT_NAMES.map((name) => SECTIONS[name].insteadOf(field)).find((advice) => advice !== undefined);

/** A profile with the section of its agent. */
export type WithSections = AgentSections & { agent: AgentName };

interface OwnSection {
  facts: SectionFacts;
  override: (by: SectionOverride) => Partial<AgentSections>;
  readOnly: () => Partial<AgentSections>;
  withoutTools: () => Partial<AgentSections>;
}

/** The section of the profile's agent. */
const ownSection = (profile: WithSections): OwnSection =>
  profile.agent === 'claude'
    ? own(claudeSection, profile.claude, (claude) => ({ claude }))
    : own(codexSection, profile.codex, (codex) => ({ codex }));

const own = <Settings>(
  section: Pick<ProfileSection<never, Settings>, 'facts' | 'override' | 'readOnly' | 'withoutTools'>,
  settings: Settings,
  put: (settings: Settings) => Partial<AgentSections>,
): OwnSection => ({
  facts: section.facts(settings),
  override: (by) => put(section.override(settings, by)),
  readOnly: () => put(section.readOnly(settings)),
  withoutTools: () => put(section.withoutTools(settings)),
});

/** What a list of profiles shows of the section of the profile's agent. */
export const sectionFacts = (profile: WithSections): SectionFacts => ownSection(profile).facts;

/** The section of the profile's agent with what a job says in its place. */
export const overrideSection = (profile: WithSections, by: SectionOverride): Partial<AgentSections> =>
  ownSection(profile).override(by);

/** The section of the profile's agent for an agent that can only read. */
export const readOnlySection = (profile: WithSections): Partial<AgentSections> => ownSection(profile).readOnly();

/** The section of the profile's agent for an agent that only talks. */
export const sectionWithoutTools = (profile: WithSections): Partial<AgentSections> =>
  ownSection(profile).withoutTools();
