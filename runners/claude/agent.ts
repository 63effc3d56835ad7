import type { Agent } from '../agent.ts';
import { claudeArgs } from './args.ts';
import { ClaudeConversation } from './conversation.ts';
import { readInstructions } from './instructions.ts';
import { APPENDED_PROMPT, materialize } from './materialize.ts';
import { questionInvocation } from './question.ts';
import { sessions } from './sessions.ts';

/** Files in a home directory that hold what a person keeps for this agent: logins and settings. */
export const CLAUDE_HOME_FILES = ['.claude', '.claude.json'] as const;

/** Claude Code, the program at `binary` (a path, or a name on PATH). */
export const createClaude = ({ binary }: { binary: string }): Agent => ({
  name: 'claude',
  title: 'Claude Code',
  passedVariables: [
    'ANTHROPIC_API_KEY',
    'ANTHROPIC_AUTH_TOKEN',
    'ANTHROPIC_BASE_URL',
    'ANTHROPIC_CUSTOM_HEADERS',
    'CLAUDE_CODE_OAUTH_TOKEN',
  ],
  // In plan mode the CLI asks for a file and a tool that a headless agent without tools for writing does not have.
  planNote:
    'There is no plan file to write and no ExitPlanMode to call here, whatever else you are told: your last message is the plan, complete and in Markdown.',
  sessions,
  environment: (configDir) => ({
    CLAUDE_CONFIG_DIR: configDir,
    // Updates, error reports and the like: the agent talks to its model and to what its task needs.
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    // As root the CLI refuses to skip its permission prompts, which nobody could answer, unless it is told that it is
    // contained.
    ...(process.getuid?.() === 0 ? { IS_SANDBOX: '1' } : {}),
  }),
  materialize,
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
