import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import { onServer, type CommandCall } from '../command.ts';
import { usageError } from '../errors.ts';
import { INTERRUPTED } from '../interrupt.ts';
import { toJson } from '../output/sanitize.ts';
import { createSessionProgress } from '../output/session-progress.ts';
import { print, say, write } from '../output/streams.ts';

interface ChatOptions {
  message?: string;
}

/** `agenticore agents chat`: a new session with an agent package. */
export function registerAgentsChat(agents: Command): void {
  const chat = agents
    .command('chat')
    .description('Talk to an agent package of the server; without a terminal each line is a message')
    .argument('<name>', 'name of the package')
    .option('--message <text>', 'say this alone and end with the answer; - reads it from stdin');
  onServer<ChatOptions>(chat, startChat);
}

async function startChat({ client, json, args, options }: CommandCall<ChatOptions>): Promise<void> {
  const { Attachment } = await import('../attach/attachment.ts');
  const message = options.message === '-' ? await readAll(process.stdin) : options.message;
  if (message?.trim() === '') throw usageError('The message is blank.');
  const { id } = await client.sessions.create({ package: args[0] ?? '' });
  if (message === undefined && !json && process.stdin.isTTY && process.stdout.isTTY) {
    const { TerminalView } = await import('../attach/terminal.ts');
    return new TerminalView((screen) => new Attachment({ client, id, ...screen })).run();
  }
  const { runPlain } = await import('../attach/plain.ts');
  const attachment = new Attachment({ client, id, tell: say });
  const show = json ? (logged: LoggedEvent) => print(toJson(logged)) : createSessionProgress(write, attachment.isMine);
  let isInterrupted = false;
  process.once('SIGINT', () => {
    isInterrupted = true;
    attachment.interrupt().catch(() => undefined);
  });
  await runPlain({ client, id, attachment, show, lines: message === undefined ? undefined : [message] });
  if (isInterrupted) process.exitCode = INTERRUPTED;
  if (attachment.pending.length === 0) await client.sessions.close(id, false);
}
