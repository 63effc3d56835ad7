import { randomUUID } from 'node:crypto';
import { Option, type Command } from 'commander';
import { ForkBody, SessionRequest } from '../../contract/http/session.ts';
import { AGENT_NAMES } from '../../contract/shared/agents.ts';
import { defined } from '../../contract/shared/defined.ts';
import { BUSY_MODES, SESSION_STATUSES, type BusyMode } from '../../contract/workflow/session-state.ts';
import { positiveNumber, wholeNumber } from '../command.ts';
import { fieldsOf, searchOf } from '../requests.ts';
import { requestVerb } from './verb.ts';

interface SessionOptions {
  sessionId: string;
}

interface MessageOptions extends SessionOptions {
  text: string;
  role?: string;
  mode?: BusyMode;
  idempotencyKey?: string;
}

const ID = ['--session-id <id>', 'the session'] as const;

/** `agentctl session` and `agentctl message`. */
export function registerSessionVerbs(program: Command): void {
  const session = program.command('session').description('Create, read and close sessions');
  registerCreate(session);
  requestVerb<{ status?: string; limit?: number; cursor?: string }>(
    session
      .command('list')
      .description('List sessions, the newest first')
      .addOption(new Option('--status <status>', 'only sessions with this status').choices(SESSION_STATUSES))
      .option('--limit <number>', 'at most this many', wholeNumber(1))
      .option('--cursor <cursor>', 'the next page: next_cursor of the page before'),
    (query) => ({ path: `/sessions?${searchOf(query)}` }),
  );
  requestVerb<SessionOptions>(
    session
      .command('get')
      .description('Print a session')
      .requiredOption(...ID),
    ({ sessionId }) => ({ path: sessionPath(sessionId) }),
  );
  requestVerb<SessionOptions>(
    session
      .command('fork')
      .description('Create a session that begins with the conversation of another one')
      .requiredOption(...ID)
      .option('--at-event <number>', 'with what had ended by this event (default: all that has ended)', wholeNumber(0))
      .option('--title <text>', "name for people (default: the session's)")
      .option('--idempotency-key <key>', 'the same key and request again get the same session'),
    ({ sessionId, ...options }) => ({
      method: 'POST',
      path: sessionPath(sessionId, 'fork'),
      body: fieldsOf(ForkBody.keyof().options, options),
    }),
  );
  requestVerb<SessionOptions & { cancel?: boolean }>(
    session
      .command('close')
      .description('Close a session, when what runs and waits has ended')
      .requiredOption(...ID)
      .option('--cancel', 'cancel what runs and waits'),
    ({ sessionId, cancel = false }) => ({ method: 'POST', path: sessionPath(sessionId, 'close'), body: { cancel } }),
  );
  registerMessage(program.command('message').description('Send messages to sessions'));
}

function registerCreate(session: Command): void {
  const command = session
    .command('create')
    .description('Create a session')
    .option('--title <text>', 'name for people')
    .option('--profile <name>', 'profile of the agent')
    .addOption(new Option('--agent <name>', "the agent (default: the profile's)").choices(AGENT_NAMES))
    .addOption(new Option('--provider <name>', 'the same as --agent').choices(AGENT_NAMES))
    .option('--model <name>', "model of the agent (default: the profile's)")
    .option('--repo-url <url>', 'repository to work on; without it the agent works in an empty directory')
    .option('--base-ref <ref>', 'branch, tag or commit to start from')
    .addOption(new Option('--approvals <when>', 'whether tool calls wait for approval').choices(['ask', 'none']))
    .option('--approval-timeout-s <seconds>', 'when an approval counts as denied', wholeNumber(1))
    .option('--max-budget-usd <amount>', 'US dollars that it and its children may cost', positiveNumber)
    .option('--max-depth <number>', 'how deep children may have children', wholeNumber(0))
    .option('--max-children <number>', 'how many children it may have', wholeNumber(0));
  requestVerb(command, (options) => ({
    method: 'POST',
    path: '/sessions',
    body: fieldsOf(SessionRequest.keyof().options, options),
  }));
}

function registerMessage(message: Command): void {
  const command = message
    .command('send')
    .description('Send a message; one of role user starts a run')
    .requiredOption(...ID)
    .requiredOption('--text <text>', 'what is said')
    .addOption(
      new Option('--role <role>', 'who says it').choices(['user', 'system', 'assistant', 'tool']).default('user'),
    );
  requestVerb<MessageOptions>(addMessageOptions(command), ({ sessionId, ...said }) => ({
    method: 'POST',
    path: sessionPath(sessionId, 'messages'),
    body: messageBody(said),
  }));
}

/** Declares what every message may have. */
export function addMessageOptions(command: Command): Command {
  return command
    .addOption(new Option('--mode <mode>', 'what happens while a run is under way').choices(BUSY_MODES))
    .option('--idempotency-key <key>', 'the same key and message again get the first reply (default: a new key)');
}

/** The body of a message that the command line describes, with a key of its own where none was given. */
export const messageBody = ({
  text,
  role,
  mode,
  idempotencyKey = randomUUID(),
}: Omit<MessageOptions, 'sessionId'>): object => defined({ text, role, mode, idempotency_key: idempotencyKey });

/** The path of a session, or of what is below it. */
export const sessionPath = (id: string, below = ''): string =>
  `/sessions/${encodeURIComponent(id)}${below === '' ? '' : `/${below}`}`;
