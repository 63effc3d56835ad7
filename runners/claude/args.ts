import { randomUUID } from 'node:crypto';
import type { AgentRun } from '../runner.ts';

type SessionOfRun = Pick<AgentRun, 'resume' | 'session_id' | 'fork_of'>;

/**
 * Command line of a turn. The prompt is not on it: command lines can be read by others.
 * Settings of the repository are not loaded, since with them it would run its own hooks and get the key sent to an address of its choice.
 */
export function claudeArgs(run: SessionOfRun & Pick<AgentRun, 'args'>, appendFile: string | undefined): string[] {
  return [
    '-p',
    ...['--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose', '--include-partial-messages'],
    ...['--setting-sources', 'user', '--strict-mcp-config', '--permission-prompts', 'none'],
    ...sessionArgs(run),
    ...(appendFile === undefined ? [] : ['--append-system-prompt-file', appendFile]),
    ...run.args,
  ];
}

/** A fork has an id of its own from the start, so that two runs that go on with one session do not write to one transcript. */
function sessionArgs({ session_id, resume, fork_of }: SessionOfRun): string[] {
  if (resume) return ['--resume', session_id];
  const fork = fork_of === undefined ? [] : ['--resume', fork_of, '--fork-session'];
  return [...fork, '--session-id', session_id];
}

/** The user's message as a line of input. `client_composed` keeps a task that begins with a slash from running as a command of the CLI. */
export function userMessage(run: AgentRun): string {
  return message(run.prompt, run.message_uuid);
}

/** What is said to an agent that died in the middle of its turn and has its session back. */
export function goOnMessage(): string {
  return message(
    'You were stopped in the middle of your work. See what is done already, do the rest, and do nothing twice.',
    randomUUID(),
  );
}

function message(content: string, uuid: string): string {
  return line({
    type: 'user',
    message: { role: 'user', content },
    uuid,
    client_composed: true,
    session_id: '',
    parent_tool_use_id: null,
  });
}

/** Asks the CLI to break off its turn and keep what it has. */
export function interruptRequest(): string {
  return line({ type: 'control_request', request_id: 'interrupt', request: { subtype: 'interrupt' } });
}

const line = (content: unknown): string => `${JSON.stringify(content)}\n`;
