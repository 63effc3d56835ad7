import { randomUUID } from 'node:crypto';
import { Option, type Command } from 'commander';
import { ReplyParentBody, SpawnBody } from '../../contract/http/session.ts';
import { AGENT_NAMES } from '../../contract/shared/agents.ts';
import { positiveNumber } from '../command.ts';
import { fieldsOf } from '../requests.ts';
import { registerWait, runPath } from './runs.ts';
import { addMessageOptions, messageBody, sessionPath } from './sessions.ts';
import { requestVerb } from './verb.ts';

const KEY = [
  '--idempotency-key <key>',
  'the same key and text again get the first reply (default: a new key)',
] as const;

/** `agentctl tool`: what an agent calls to work with other sessions. */
export function registerToolVerbs(program: Command): void {
  const tool = program.command('tool').description('What agents call to work with other sessions');
  registerSpawn(tool.command('session-spawn'));
  const send = tool
    .command('session-send')
    .description('Send a message to a session, which starts a run')
    .requiredOption('--session-id <id>', 'the session')
    .requiredOption('--text <text>', 'what is said');
  requestVerb<{ sessionId: string; text: string }>(addMessageOptions(send), ({ sessionId, ...said }) => ({
    method: 'POST',
    path: sessionPath(sessionId, 'send'),
    body: messageBody(said),
  }));
  registerReply(tool.command('session-reply-parent'));
  registerWait(tool.command('session-wait'));
}

function registerSpawn(command: Command): void {
  command
    .description('Start a child session with a task')
    .requiredOption('--parent-run-id <id>', 'the run that starts it')
    .requiredOption('--task <text>', 'what the child is to do')
    .option(...KEY)
    .option('--title <text>', 'name for people')
    .option('--profile <name>', "profile of the agent (default: the parent's)")
    .addOption(new Option('--agent <name>', "the agent (default: the parent's)").choices(AGENT_NAMES))
    .option('--model <name>', "model of the agent (default: the parent's)")
    .option('--max-budget-usd <amount>', 'US dollars that it and its children may cost', positiveNumber)
    .option('--no-wake', 'do not tell the parent when it is done');
  requestVerb<{ parentRunId: string; idempotencyKey?: string }>(command, ({ parentRunId, ...options }) => ({
    method: 'POST',
    path: runPath(parentRunId, 'spawn'),
    body: { idempotency_key: randomUUID(), ...fieldsOf(SpawnBody.keyof().options, options) },
  }));
}

function registerReply(command: Command): void {
  const kinds = ReplyParentBody.shape.request_kind.unwrap().options;
  command
    .description('Tell or ask the parent session something')
    .requiredOption('--run-id <id>', 'the run of the child')
    .requiredOption('--text <text>', 'what is said')
    .addOption(new Option('--request-kind <kind>', 'what it is').choices(kinds))
    .option('--wake', 'start a run of the parent with it')
    .option(...KEY);
  requestVerb<{ runId: string }>(command, ({ runId, ...options }) => ({
    method: 'POST',
    path: runPath(runId, 'reply-parent'),
    body: { idempotency_key: randomUUID(), ...fieldsOf(ReplyParentBody.keyof().options, options) },
  }));
}
