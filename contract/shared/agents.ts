/** The agents that can work on a job: a profile or a request names one as `agent`. */
export const AGENT_NAMES = ['claude'] as const;
export type AgentName = (typeof AGENT_NAMES)[number];

/** The agent of a profile that names none, and the one that chooses the profile of a job. */
export const DEFAULT_AGENT: AgentName = 'claude';
