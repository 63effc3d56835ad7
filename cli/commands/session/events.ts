import type { Command } from 'commander';
import type { LoggedEvent } from '../../../contract/workflow/stream-events.ts';
import { onServer, wholeNumber, type CommandCall } from '../../command.ts';
import { followSession } from '../../follow.ts';
import { findSessionId } from '../../job-id.ts';
import { toJson } from '../../output/sanitize.ts';
import { createSessionProgress } from '../../output/session-progress.ts';
import { print, say, stdoutGone, write } from '../../output/streams.ts';
import { createReconnect } from '../../reconnect.ts';

interface EventOptions {
  follow?: boolean;
  cursor: number;
}

/** `agenticore session events`. */
export function registerEvents(session: Command): void {
  const command = session
    .command('events')
    .description('Show what happened in a session')
    .argument('<session>', 'id of the session, or its first characters')
    .option('-f, --follow', 'follow the events until the session is closed')
    .option('--cursor <number>', 'only events after this number', wholeNumber(0), 0);
  onServer(command, events);
}

async function events({ client, json, args, options: { follow, cursor } }: CommandCall<EventOptions>): Promise<void> {
  const id = await findSessionId(client, args[0] ?? '');
  const reconnect = createReconnect({ url: client.url, tell: say, what: 'session' });
  const found = follow
    ? followSession({ client, id, reconnect, signal: stdoutGone }, cursor)
    : client.sessions.events(id, cursor);
  const show = json ? (logged: LoggedEvent): void => print(toJson(logged)) : createSessionProgress(write);
  for await (const logged of found) {
    if (stdoutGone.aborted) return;
    show(logged);
  }
}
