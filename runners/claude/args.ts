import { randomUUID } from 'node:crypto';
import { defined } from '../../contract/shared/defined.ts';
import type { AgentRun, Decision, UserMessage } from '../agent.ts';

type SessionOfRun = Pick<AgentRun, 'resume' | 'sessionId' | 'forkOf'>;

/** What the CLI does with a tool call that its profile does not allow. */
const APPROVALS = {
  none: ['--permission-prompts', 'none'],
  ask: ['--permission-prompt-tool', 'stdio'],
} as const;

/** A session that goes on gets the system prompt of now, not the one that it began with. */
const ANEW = ['--system-prompt-snapshot', 'off'];

/**
 * Command line of a conversation. The prompt is not on it: command lines can be read by others.
 * Settings of the repository are not loaded: they could run its own hooks and send the key to an address of its choice.
 */
export function claudeArgs(
  run: SessionOfRun & Pick<AgentRun, 'invocation' | 'approvals'>,
  appendFile: string | undefined,
): string[] {
  return [
    '-p',
    ...['--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose', '--include-partial-messages'],
    ...['--setting-sources', 'user', '--strict-mcp-config', ...APPROVALS[run.approvals]],
    ...sessionArgs(run),
    ...(appendFile === undefined ? [] : ['--append-system-prompt-file', appendFile]),
    ...run.invocation.args,
    ...(run.approvals === 'ask' ? (run.invocation.asking ?? []) : []),
  ];
}

/**
 * A fork has an id of its own from the start, so that two runs that go on with one session do not write to one
 * transcript.
 */
function sessionArgs({ sessionId, resume, forkOf }: SessionOfRun): string[] {
  if (resume) return ['--resume', sessionId, ...ANEW];
  const fork = forkOf === undefined ? [] : ['--resume', forkOf, '--fork-session', ...ANEW];
  return [...fork, '--session-id', sessionId];
}

/** The user's message as a line of input. */
export const userMessage = ({ id, text, images = [] }: UserMessage): string =>
  message(images.length === 0 ? text : [...images.map(imageBlock), { type: 'text', text }], id);

const imageBlock = ({ media_type, data }: NonNullable<UserMessage['images']>[number]): object => ({
  type: 'image',
  source: { type: 'base64', media_type, data },
});

/** The message for an agent that died in the middle of its answer and has its session back. */
export function goOnMessage(): string {
  return message(
    'You were stopped in the middle of your work. See what is done already, do the rest, and do nothing twice.',
    randomUUID(),
  );
}

/** `client_composed` keeps a task that begins with a slash from running as a command of the CLI. */
function message(content: string | object[], uuid: string): string {
  return line({
    type: 'user',
    message: { role: 'user', content },
    uuid,
    client_composed: true,
    session_id: '',
    parent_tool_use_id: null,
  });
}

/** Puts `systemPrompt` in place of what the command line adds to the CLI's own. */
export const initializeRequest = (systemPrompt: string): string =>
  controlRequest({ subtype: 'initialize', appendSystemPrompt: systemPrompt });

/** Asks the CLI to break off its answer and keep what it has. */
export const interruptRequest = (): string => controlRequest({ subtype: 'interrupt' });

/** Asks the CLI to stop a task in the background. */
export const stopTaskRequest = (task_id: string): string => controlRequest({ subtype: 'stop_task', task_id });

/** Asks the CLI how its connections to MCP servers stand; it answers also while it waits for them. */
export const serverStatusRequest = (): string => controlRequest({ subtype: 'mcp_status' });

const controlRequest = (request: object): string =>
  line({ type: 'control_request', request_id: randomUUID(), request });

/** The decision about a tool call with `input`, for the CLI's request `id`. */
export function decisionResponse(id: string, decision: Decision, input: unknown): string {
  const response = decision.allow
    ? { behavior: 'allow', ...defined({ updatedInput: input }) }
    : { behavior: 'deny', message: decision.reason };
  return line({ type: 'control_response', response: { subtype: 'success', request_id: id, response } });
}

const line = (content: unknown): string => `${JSON.stringify(content)}\n`;
