import type { Command } from 'commander';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import { followEvents } from '../follow.ts';
import { findJobId } from '../job-id.ts';
import { toJson } from '../output/sanitize.ts';
import { createProgress } from '../output/progress.ts';
import { print, say, stdoutGone, write } from '../output/streams.ts';
import { createReconnect } from '../reconnect.ts';
import { onServer, wholeNumber, type CommandCall } from '../command.ts';

interface LogsOptions {
  follow?: boolean;
  cursor: number;
}

/** `agenticore logs`: the events of a job so far, or with --follow until it has ended. */
export function registerLogs(program: Command): void {
  const command = program
    .command('logs')
    .description('Show the events of a job')
    .argument('<id>', 'id of the job, or its first characters')
    .option('-f, --follow', 'follow the events until the job has ended')
    .option('--cursor <number>', 'only events after this number', wholeNumber(0), 0);
  onServer(command, logs);
}

async function logs({ client, json, args, options: { follow, cursor } }: CommandCall<LogsOptions>): Promise<void> {
  const id = await findJobId(client, args[0] ?? '');
  const reconnect = createReconnect({ url: client.url, tell: say });
  const events = follow
    ? followEvents({ client, id, reconnect, signal: stdoutGone }, cursor)
    : client.events(id, cursor);
  const show = json ? (logged: LoggedEvent): void => print(toJson(logged)) : createProgress(write);
  for await (const logged of events) {
    if (stdoutGone.aborted) return;
    show(logged);
  }
}
