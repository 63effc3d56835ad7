import { Option, type Command } from 'commander';
import type { SessionRecord } from '../../../contract/http/session.ts';
import { SESSION_STATUSES } from '../../../contract/workflow/session-state.ts';
import { onServer, wholeNumber, type CommandCall } from '../../command.ts';
import { findSessionId } from '../../job-id.ts';
import { formatCost, formatDuration } from '../../output/format.ts';
import { oneLine, toJson } from '../../output/sanitize.ts';
import { sessionDetails } from '../../output/session.ts';
import { print, say } from '../../output/streams.ts';
import { printTable, sayMore, shortId } from '../../output/table.ts';

interface ListOptions {
  limit: number;
  status?: string;
  cursor?: string;
}

/** `agenticore session list` and `show`. */
export function registerList(session: Command): void {
  const list = session
    .command('list')
    .description('List sessions, the newest first')
    .option('-n, --limit <number>', 'show at most this many sessions', wholeNumber(1), 20)
    .addOption(new Option('-s, --status <status>', 'only sessions with this status').choices(SESSION_STATUSES))
    .option('--cursor <cursor>', 'show the next page; the previous page prints the cursor');
  onServer(list, listSessions);
  const show = session.command('show').description('Show all about a session');
  onServer(show.argument('<session>', 'id of the session, or its first characters'), showSession);
}

async function listSessions({ client, json, options }: CommandCall<ListOptions>): Promise<void> {
  const page = await client.sessions.list(options);
  if (json) return print(toJson(page));
  if (page.count === 0) return say('There are no sessions. Create one: agenticore session create');
  printTable(HEADER, page.sessions.map(rowOf));
  sayMore(page.next_cursor);
}

const HEADER = ['ID', 'STATUS', 'PROFILE', 'RUNS', 'WAITING', 'AGE', 'COST', 'TITLE'];

const rowOf = (session: SessionRecord): string[] => [
  shortId(session.id),
  session.status,
  oneLine(session.profile),
  String(session.runs),
  String(session.queued_runs.length),
  formatDuration(Date.now() - Date.parse(session.created_at)),
  session.cost_usd === null ? '-' : formatCost(session.cost_usd),
  oneLine(session.title ?? session.repo_url ?? '-'),
];

async function showSession({ client, json, args }: CommandCall): Promise<void> {
  const session = await client.sessions.session(await findSessionId(client, args[0] ?? ''));
  print(json ? toJson({ success: true, session }) : sessionDetails(session));
}
