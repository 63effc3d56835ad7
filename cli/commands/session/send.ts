import { randomUUID } from 'node:crypto';
import { text as readAll } from 'node:stream/consumers';
import { Option, type Command } from 'commander';
import { defined } from '../../../contract/shared/defined.ts';
import { BUSY_MODES, type BusyMode } from '../../../contract/workflow/session-state.ts';
import { onServer, wholeNumber, type CommandCall } from '../../command.ts';
import { findSessionId } from '../../job-id.ts';
import { toJson } from '../../output/sanitize.ts';
import { print } from '../../output/streams.ts';
import { finish } from './runs.ts';

interface SendOptions {
  mode?: BusyMode;
  timeout?: number;
  idempotencyKey?: string;
  wait?: boolean;
}

interface DeliverOptions {
  title?: string;
  idempotencyKey?: string;
  wait?: boolean;
}

/** `agenticore session send` and `deliver`. */
export function registerSend(session: Command): void {
  const command = session
    .command('send')
    .description('Send a message to a session and print the id of the run that answers it')
    .argument('<session>', 'id of the session, or its first characters')
    .argument('<text>', 'what is said; - reads it from stdin')
    .addOption(
      new Option(
        '--mode <mode>',
        'while a run is under way: queue waits, steer interrupts it, reject refuses (default: queue)',
      ).choices(BUSY_MODES),
    )
    .option('--timeout <seconds>', "how long the agent may take (default: the profile's)", wholeNumber(1))
    .option('--idempotency-key <key>', 'repeating the command with the same key and text returns the same run')
    .option('-w, --wait', 'wait until the run has ended, and print what the agent says');
  onServer(command, send);
  const delivery = session
    .command('deliver')
    .description('Commit and push what a session has made, open its pull request, and print the id of the run')
    .argument('<session>', 'id of the session, or its first characters')
    .option('--title <text>', "subject of a commit for what was not committed (default: the session's title)")
    .option('--idempotency-key <key>', 'repeating the command with the same key and title returns the same run')
    .option('-w, --wait', 'wait until the run has ended, and print where the work is');
  onServer(delivery, deliver);
}

async function send({ client, json, args, options }: CommandCall<SendOptions>): Promise<void> {
  const [given = '', said = ''] = args;
  const { mode, timeout, idempotencyKey = randomUUID(), wait } = options;
  const text = said === '-' ? await readAll(process.stdin) : said;
  const body = defined({ text, mode, timeout, idempotency_key: idempotencyKey });
  const { run, message } = await client.sessions.send(await findSessionId(client, given), body);
  if (wait && run !== null) return finish({ client, json }, run.id, undefined);
  print(json ? toJson({ success: true, message, run }) : (run?.id ?? message.id));
}

async function deliver({ client, json, args, options }: CommandCall<DeliverOptions>): Promise<void> {
  const { title, idempotencyKey = randomUUID(), wait } = options;
  const id = await findSessionId(client, args[0] ?? '');
  const { run, message } = await client.sessions.deliver(id, defined({ title, idempotency_key: idempotencyKey }));
  if (run === null) throw new Error('a delivery has no run');
  if (wait) return finish({ client, json }, run.id, undefined);
  print(json ? toJson({ success: true, message, run }) : run.id);
}
