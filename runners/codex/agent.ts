import type { Agent } from '../agent.ts';
import { shownConfigArgs } from './config.ts';
import { readInstructions } from './instructions.ts';
import { materialize } from './materialize.ts';
import { openCodex } from './open.ts';
import { CodexOptions } from './options.ts';
import type { Prices } from './prices.ts';
import { questionInvocation } from './question.ts';
import { sessions } from './sessions.ts';
import { PROVIDER_VARIABLES } from './start.ts';

/** Folder in a home directory that holds what a person keeps for this agent: logins and settings. */
export const CODEX_HOME_FILES = ['.codex'] as const;

interface CodexAgentSettings {
  /** A path, or a name on PATH. */
  binary: string;
  /** A home directory of Codex, on which every profile is built. */
  baseDir?: string | undefined;
  /** Codex's own profile where a profile names none. */
  profile?: string | undefined;
  /** Arguments before those of a profile. */
  extraArgs?: readonly string[];
  prices?: Prices;
}

/** Codex, by its app-server. */
export const createCodex = ({ binary, prices = {}, ...settings }: CodexAgentSettings): Agent => ({
  name: 'codex',
  title: 'Codex',
  // They reach the gateway to the model, and nothing of the agent.
  passedVariables: PROVIDER_VARIABLES,
  planNote: 'Whatever else you are told: your last message is the plan, complete and in Markdown.',
  sessions,
  // A sandbox of its own would look for them where they were.
  canMove: ({ options }) => CodexOptions.parse(options ?? {}).sandbox_mode === 'danger-full-access',
  environment: (configDir) => ({ CODEX_HOME: configDir }),
  materialize: (profile, configDir, servers) => materialize(profile, configDir, servers, settings),
  questionInvocation,
  readInstructions,
  describe: (invocation, { config }) => ({
    command: [binary, 'app-server', '--stdio', ...invocation.args, ...shownConfigArgs()],
    env: { CODEX_HOME: config },
  }),
  open: (run, signal) => openCodex({ binary, prices }, run, signal),
});
