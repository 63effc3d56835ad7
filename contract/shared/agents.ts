/** The agents that can work on a job: a profile or a request names one as `agent`. */
export const AGENT_NAMES = ['claude', 'codex'] as const;
export type AgentName = (typeof AGENT_NAMES)[number];

/** The agent of a profile that names none, where AGENTICORE_DEFAULT_AGENT does not say. */
export const DEFAULT_AGENT: AgentName = 'claude';
