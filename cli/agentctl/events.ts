import type { Command } from 'commander';
import { z } from 'zod';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import { runIdOf } from '../../contract/workflow/names.ts';
import { wholeNumber } from '../command.ts';
import { followStream } from '../follow.ts';
import type { Http } from '../http.ts';
import { Logged } from '../logged-event.ts';
import { say, stdoutGone } from '../output/streams.ts';
import { createReconnect } from '../reconnect.ts';
import { searchOf } from '../requests.ts';
import { sessionPath } from './sessions.ts';
import { verb, type VerbCall } from './verb.ts';

const Page = z.looseObject({ events: z.array(Logged), cursor: z.number() });
const Session = z.looseObject({ session: z.looseObject({ closed_at: z.string().nullable() }) });

/** Events of one page where no other number is asked for. */
const PAGE = 1_000;

interface EventOptions {
  sessionId: string;
  cursor: number;
  limit?: number;
  follow?: boolean;
}

/** `agentctl events`. */
export function registerEventVerbs(program: Command): void {
  const events = program.command('events').description('Read what happens in a session');
  const list = withSession(events.command('list').description('Print the events of a session'));
  verb<EventOptions>(list.option('--limit <number>', 'at most this many (default: all)', wholeNumber(1)), listEvents);
  const tail = withSession(events.command('tail').description('Print the events of a session, one after the other'));
  verb<EventOptions>(tail.option('-f, --follow', 'go on with those that come'), tailEvents);
}

const withSession = (command: Command): Command =>
  command
    .requiredOption('--session-id <id>', 'the session')
    .option('--cursor <number>', 'only events after this number', wholeNumber(0), 0);

async function listEvents({
  http,
  show,
  options: { sessionId, cursor, limit },
}: VerbCall<EventOptions>): Promise<void> {
  const events: object[] = [];
  let last = cursor;
  for await (const logged of pages(http, sessionId, cursor, limit)) {
    events.push(eventOf(sessionId, logged));
    last = logged.seq;
  }
  show({ success: true, session_id: sessionId, count: events.length, events, cursor: last });
}

async function tailEvents({
  http,
  show,
  options: { sessionId, cursor, follow },
}: VerbCall<EventOptions>): Promise<void> {
  const events = follow ? live(http, sessionId, cursor) : pages(http, sessionId, cursor);
  for await (const logged of events) show(eventOf(sessionId, logged));
}

/** The events that there are by now, at most `limit`. */
async function* pages(http: Http, sessionId: string, cursor: number, limit = Infinity): AsyncGenerator<LoggedEvent> {
  for (let last = cursor, left = limit; left > 0 && !stdoutGone.aborted;) {
    const query = { cursor: last, limit: Math.min(PAGE, left) };
    const { events } = await http.ask(Page, `${sessionPath(sessionId, 'events')}?${searchOf(query)}`);
    if (events.length === 0) return;
    yield* events;
    last = events.at(-1)?.seq ?? last;
    left -= events.length;
  }
}

/** The events of a session, also over restarts of the daemon, until it is closed. */
const live = (http: Http, sessionId: string, cursor: number): AsyncGenerator<LoggedEvent> =>
  followStream(
    {
      open: (from, signal) => http.stream(Logged, sessionPath(sessionId, 'events'), from, signal),
      isOver: async () => (await http.ask(Session, sessionPath(sessionId))).session.closed_at !== null,
      reconnect: createReconnect({ url: http.url, tell: say, what: 'session' }),
      signal: stdoutGone,
    },
    cursor,
  );

/** An event in the fields that agentctl has always had; a run that failed is a `run.error`. */
function eventOf(sessionId: string, { seq, at, run, event: { type, ...payload } }: LoggedEvent): object {
  const failed = type === 'run_ended' && 'result' in payload && payload.result.status === 'failed';
  return {
    seq,
    event_type: failed ? 'run.error' : type,
    session_id: sessionId,
    run_id: run === null ? null : runIdOf(sessionId, run),
    created_at: at,
    payload,
  };
}
