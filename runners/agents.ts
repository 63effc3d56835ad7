import type { AgentName } from '../contract/shared/agents.ts';
import type { Agent } from './agent.ts';
import { CLAUDE_HOME_FILES, createClaude } from './claude/agent.ts';

/** Every agent, by its name. */
export type Agents = Readonly<Record<AgentName, Agent>>;

interface AgentSettings {
  claudeBinary: string;
  claudeConfigDir: string | undefined;
}

/** The agents, with the programs that the configuration names. */
export const createAgents = ({ claudeBinary, claudeConfigDir }: AgentSettings): Agents => ({
  claude: createClaude({ binary: claudeBinary, baseDir: claudeConfigDir }),
});

/** Files in a person's home directory that agents keep there; no job's agent may read them. */
export const AGENT_HOME_FILES: readonly string[] = [...CLAUDE_HOME_FILES, '.codex'];
