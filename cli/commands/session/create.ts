import { Option, type Command } from 'commander';
import { ForkBody, SessionRequest } from '../../../contract/http/session.ts';
import { AGENT_NAMES } from '../../../contract/shared/agents.ts';
import { defined } from '../../../contract/shared/defined.ts';
import { onServer, positiveNumber, wholeNumber, type CommandCall } from '../../command.ts';
import { findSessionId } from '../../job-id.ts';
import { sessionStatusWord } from '../../output/session.ts';
import { toJson } from '../../output/sanitize.ts';
import { print, say } from '../../output/streams.ts';
import { fieldsOf } from '../../requests.ts';
import { repositoryOf } from '../../submission.ts';

/** `agenticore session create`, `fork` and `close`. */
export function registerCreate(session: Command): void {
  const create = session
    .command('create')
    .description('Create a session and print its id')
    .option('--title <text>', 'name for people')
    .option('-p, --profile <name>', 'profile of the agent; see `agenticore profiles`')
    .addOption(new Option('--agent <name>', "the agent (default: the profile's)").choices(AGENT_NAMES))
    .option('-m, --model <name>', "model of the agent (default: the profile's)")
    .option('-r, --repo <url>', 'repository to work on; without it the agent works in an empty directory')
    .option('--base-ref <ref>', "branch, tag or commit to start from (default: the repository's default branch)")
    .addOption(
      new Option('--approvals <when>', 'ask: tool calls wait as the profile says; none: all are allowed').choices([
        'ask',
        'none',
      ]),
    )
    .option('--approval-timeout-s <seconds>', 'when an approval counts as denied', wholeNumber(1))
    .option('--max-budget-usd <amount>', 'US dollars that it and its children may cost', positiveNumber)
    .option('--max-depth <number>', 'how deep children may have children', wholeNumber(0))
    .option('--max-children <number>', 'how many children it may have', wholeNumber(0));
  onServer(create, createSession);
  const fork = session
    .command('fork')
    .description('Create a session that begins with the conversation of another one, and print its id')
    .argument('<session>', 'id of the session, or its first characters')
    .option('--at-event <number>', 'with what had ended by this event (default: all that has ended)', wholeNumber(0))
    .option('--title <text>', "name for people (default: the session's)")
    .option('--idempotency-key <key>', 'repeating the command with the same key returns the same session');
  onServer(fork, forkSession);
  const close = session
    .command('close')
    .description('Close a session when what runs and waits has ended')
    .argument('<session>', 'id of the session, or its first characters')
    .option('--cancel', 'cancel what runs and waits');
  onServer(close, closeSession);
}

async function createSession({ client, json, options }: CommandCall<{ repo?: string }>): Promise<void> {
  const repo_url = options.repo === undefined ? undefined : repositoryOf(options.repo);
  const body = defined({ ...fieldsOf(SessionRequest.keyof().options, options), repo_url });
  const session = await client.sessions.create(body);
  print(json ? toJson({ success: true, session }) : session.id);
}

async function forkSession({ client, json, args, options }: CommandCall): Promise<void> {
  const id = await findSessionId(client, args[0] ?? '');
  const session = await client.sessions.fork(id, fieldsOf(ForkBody.keyof().options, options));
  print(json ? toJson({ success: true, session }) : session.id);
  for (const warning of session.warnings) say(warning);
}

async function closeSession({ client, json, args, options }: CommandCall<{ cancel?: boolean }>): Promise<void> {
  const id = await findSessionId(client, args[0] ?? '');
  const session = await client.sessions.close(id, options.cancel ?? false);
  print(json ? toJson({ success: true, session }) : `${id} ${sessionStatusWord(session.status)}`);
  if (session.closed_at === null) say('It closes when what runs and waits has ended. With --cancel that is at once.');
}
