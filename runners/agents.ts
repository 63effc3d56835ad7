import type { AgentName } from '../contract/shared/agents.ts';
import type { Agent } from './agent.ts';
import { CLAUDE_HOME_FILES, createClaude } from './claude/agent.ts';
import { CODEX_HOME_FILES, createCodex } from './codex/agent.ts';
import { untoldByCodex } from './codex/config.ts';
import type { Prices } from './codex/prices.ts';

/** Every agent, by its name. */
export type Agents = Readonly<Record<AgentName, Agent>>;

interface AgentSettings {
  claudeBinary: string;
  claudeConfigDir: string | undefined;
  codexBinary: string;
  codexConfigDir: string | undefined;
  codexProfile: string | undefined;
  codexExtraArgs: readonly string[];
  codexPrices: Prices;
}

/** The agents, with the programs that the configuration names. */
export const createAgents = (settings: AgentSettings): Agents => ({
  claude: createClaude({ binary: settings.claudeBinary, baseDir: settings.claudeConfigDir }),
  codex: createCodex({
    binary: settings.codexBinary,
    baseDir: settings.codexConfigDir,
    profile: settings.codexProfile,
    extraArgs: settings.codexExtraArgs,
    prices: settings.codexPrices,
  }),
});

/** Files in a person's home directory that agents keep there; no job's agent may read them. */
export const AGENT_HOME_FILES: readonly string[] = [...CLAUDE_HOME_FILES, ...CODEX_HOME_FILES];

/** Attributes of the agents' log records that nobody is told, by the name of the event. */
export const untoldAttributes = (toolDetails: boolean): ReadonlyMap<string, readonly string[]> =>
  new Map(untoldByCodex(toolDetails));
