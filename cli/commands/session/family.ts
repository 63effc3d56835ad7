import { randomUUID } from 'node:crypto';
import { Option, type Command } from 'commander';
import { ReplyParentBody, SpawnBody } from '../../../contract/http/session.ts';
import { AGENT_NAMES } from '../../../contract/shared/agents.ts';
import { onServer, positiveNumber, type CommandCall } from '../../command.ts';
import { findRunId } from '../../job-id.ts';
import { oneLine, toJson } from '../../output/sanitize.ts';
import { print } from '../../output/streams.ts';
import { fieldsOf } from '../../requests.ts';

const KEY = ['--idempotency-key <key>', 'repeating the command with the same key and text changes nothing'] as const;

/** `agenticore session spawn` and `reply-parent`. */
export function registerFamily(session: Command): void {
  const spawn = session
    .command('spawn')
    .description('Start a child of a session with a task, and print the id of its run')
    .argument('<run>', 'id of the run that starts it, or of a session: its last run')
    .argument('<task>', 'what the child is to do')
    .option('--title <text>', 'name for people')
    .option('-p, --profile <name>', "profile of the agent (default: the parent's)")
    .addOption(new Option('--agent <name>', "the agent (default: the parent's)").choices(AGENT_NAMES))
    .option('-m, --model <name>', "model of the agent (default: the parent's)")
    .option('--max-budget-usd <amount>', 'US dollars that it and its children may cost', positiveNumber)
    .option('--no-wake', 'do not tell the parent when it is done')
    .option(...KEY);
  onServer(spawn, spawnChild);
  const reply = session
    .command('reply-parent')
    .description('Tell or ask the parent of a session something')
    .argument('<run>', 'id of the run of the child, or of the child: its last run')
    .argument('<text>', 'what is said')
    .addOption(
      new Option('--request-kind <kind>', 'what it is').choices(ReplyParentBody.shape.request_kind.unwrap().options),
    )
    .option('--wake', 'start a run of the parent with it')
    .option(...KEY);
  onServer(reply, replyParent);
}

async function spawnChild({ client, json, args, options }: CommandCall): Promise<void> {
  const [given = '', task = ''] = args;
  const body = { idempotency_key: randomUUID(), task, ...fieldsOf(SpawnBody.keyof().options, options) };
  const reply = await client.sessions.spawn(await findRunId(client, given), body);
  print(json ? toJson(reply) : reply.run.id);
}

async function replyParent({ client, json, args, options }: CommandCall): Promise<void> {
  const [given = '', text = ''] = args;
  const body = { idempotency_key: randomUUID(), text, ...fieldsOf(ReplyParentBody.keyof().options, options) };
  const reply = await client.sessions.replyParent(await findRunId(client, given), body);
  print(json ? toJson(reply) : `told ${oneLine(reply.run?.id ?? reply.parent_session_id)}`);
}
