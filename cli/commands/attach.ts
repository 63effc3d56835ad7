import type { Command } from 'commander';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import { onServer, type CommandCall } from '../command.ts';
import { findSessionId } from '../job-id.ts';
import { toJson } from '../output/sanitize.ts';
import { createSessionProgress } from '../output/session-progress.ts';
import { print, say, write } from '../output/streams.ts';

/** `agenticore attach`: a session to watch, to talk to and to decide for. */
export function registerAttach(program: Command): void {
  const command = program
    .command('attach')
    .description('Watch a session, talk to it and decide what it may do; without a terminal each line is a message')
    .argument('<session>', 'id of the session, or its first characters');
  onServer(command, attach);
}

async function attach({ client, json, args }: CommandCall): Promise<void> {
  const { Attachment } = await import('../attach/attachment.ts');
  const id = await findSessionId(client, args[0] ?? '');
  if (json || !process.stdin.isTTY || !process.stdout.isTTY) {
    const { runPlain } = await import('../attach/plain.ts');
    const attachment = new Attachment({ client, id, tell: say });
    const show = json ? (logged: LoggedEvent): void => print(toJson(logged)) : createSessionProgress(write);
    return runPlain({ client, id, attachment, show });
  }
  const { TerminalView } = await import('../attach/terminal.ts');
  const view = new TerminalView((screen) => new Attachment({ client, id, ...screen }));
  await view.run();
}
