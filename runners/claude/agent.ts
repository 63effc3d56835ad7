import type { Agent } from '../agent.ts';
import { claudeArgs } from './args.ts';
import { ClaudeConversation } from './conversation.ts';
import { readInstructions } from './instructions.ts';
import { APPENDED_PROMPT, materialize } from './materialize.ts';
import { questionInvocation } from './question.ts';
import { sessions } from './sessions.ts';

/** Files in a home directory that hold what a person keeps for this agent: logins and settings. */
export const CLAUDE_HOME_FILES = ['.claude', '.claude.json'] as const;

/** Which models the CLI asks for, where its provider has names of its own. */
const MODEL_NAMES = [
  'ANTHROPIC_MODEL',
  'ANTHROPIC_SMALL_FAST_MODEL',
  'ANTHROPIC_DEFAULT_MODEL',
  ...['OPUS', 'SONNET', 'HAIKU', 'FABLE'].flatMap((family) =>
    ['', '_NAME', '_DESCRIPTION', '_SUPPORTED_CAPABILITIES'].map((part) => `ANTHROPIC_DEFAULT_${family}_MODEL${part}`),
  ),
  ...['', '_NAME', '_DESCRIPTION', '_SUPPORTED_CAPABILITIES'].map((part) => `ANTHROPIC_CUSTOM_MODEL_OPTION${part}`),
  'CLAUDE_CODE_SUBAGENT_MODEL',
  'CLAUDE_CODE_SUBAGENT_MODEL_FORCE',
  'CLAUDE_CODE_WORKFLOW_SUBAGENT_MODEL',
  'CLAUDE_CODE_AUTO_MODE_MODEL',
  'CLAUDE_CODE_BG_CLASSIFIER_MODEL',
  'CLAUDE_CODE_MODEL_CAPABILITIES',
  'CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY',
  'CLAUDE_CODE_DISABLE_LEGACY_MODEL_REMAP',
];

interface ClaudeSettings {
  /** A path, or a name on PATH. */
  binary: string;
  /** A configuration directory of Claude Code, on which every profile is built. */
  baseDir?: string | undefined;
}

/** Claude Code. */
export const createClaude = ({ binary, baseDir }: ClaudeSettings): Agent => ({
  name: 'claude',
  title: 'Claude Code',
  passedVariables: [
    'ANTHROPIC_API_KEY',
    'ANTHROPIC_AUTH_TOKEN',
    'ANTHROPIC_BASE_URL',
    'ANTHROPIC_CUSTOM_HEADERS',
    'CLAUDE_CODE_OAUTH_TOKEN',
    ...MODEL_NAMES,
  ],
  // In plan mode the CLI asks for a file and a tool that a headless agent without tools for writing does not have.
  planNote:
    'There is no plan file to write and no ExitPlanMode to call here, whatever else you are told: your last message is the plan, complete and in Markdown.',
  sessions,
  canMove: () => true,
  environment: (configDir) => ({
    CLAUDE_CONFIG_DIR: configDir,
    // Updates, error reports and the like: the agent talks to its model and to what its task needs.
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    // As root the CLI refuses to skip its permission prompts, which nobody could answer, unless it is told that it is
    // contained.
    ...(process.getuid?.() === 0 ? { IS_SANDBOX: '1' } : {}),
  }),
  materialize: (profile, configDir, servers) => materialize(profile, configDir, servers, baseDir),
  questionInvocation,
  readInstructions,
  describe: (invocation, { config, session }) => ({
    // The file is always shown, though a job has it only where the profile or the repository has something to say.
    command: [
      binary,
      ...claudeArgs(
        { invocation, sessionId: session, resume: false, approvals: 'none' },
        `${config}/${APPENDED_PROMPT}`,
      ),
    ],
    env: { CLAUDE_CONFIG_DIR: config },
  }),
  open: (run, signal) => ClaudeConversation.open(binary, run, signal),
});
