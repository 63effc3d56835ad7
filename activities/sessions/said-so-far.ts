import { runOfMessage } from '../../contract/workflow/names.ts';
import type { TurnStep } from '../../contract/workflow/run-state.ts';
import { eventsAfter, type EventLog } from '../../events/event-log.ts';
import type { Deps } from '../deps.ts';
import { isLeftOut } from './fork-session.ts';

/** Most characters that an agent is told of what was said before; the newest are kept. */
const MAX_TOLD = 64 * 1024;

/** What somebody has said. */
interface Said {
  by: 'User' | 'You';
  text: string;
}

/**
 * What an agent that begins anew is told of what was said before: the visible conversation, of the session and of what
 * it is a fork of, as far as this host can read the events. Undefined where nothing is known.
 */
export async function saidSoFar(
  { events, log }: Pick<Deps, 'events' | 'log'>,
  step: TurnStep,
): Promise<string | undefined> {
  const { job_id, number, spec } = step;
  const source = spec.fork?.conversation ?? undefined;
  try {
    const said = [
      ...(source === undefined ? [] : await saidIn(events, source.session_id, (id) => !isLeftOut(source, id))),
      ...(await saidIn(events, job_id, (id) => runOfMessage(job_id, id) !== number)),
    ];
    return said.length === 0 ? undefined : rendered(said);
  } catch (error) {
    log.warn({ session: job_id, error }, 'could not read what was said before in a session that begins anew');
    return undefined;
  }
}

/** What was said in answer to the messages up to the first one that does not count. */
async function saidIn(events: EventLog, stream: string, counts: (message: string) => boolean): Promise<Said[]> {
  if (!(await events.has(stream))) return [];
  const said: Said[] = [];
  let last = '';
  for await (const { event } of eventsAfter(events, stream)) {
    if (event.type === 'text') said.push({ by: 'You', text: event.text });
    // Told again to an agent that went on after a loss.
    if (event.type !== 'user_message' || event.id === last) continue;
    if (!counts(event.id)) return said;
    last = event.id;
    said.push({ by: 'User', text: event.text });
  }
  return said;
}

function rendered(said: readonly Said[]): string {
  const turns: string[] = [];
  let room = MAX_TOLD;
  for (const { by, text } of said.toReversed()) {
    const turn = `${by}: ${text}`;
    if (turn.length > room) break;
    room -= turn.length;
    turns.unshift(turn);
  }
  const missing = turns.length < said.length ? ['(What was said before that is left out.)'] : [];
  return [
    'You go on with a conversation that you do not remember. This was said in it; what you did with tools is not here:',
    '<conversation>',
    ...missing,
    ...turns,
    '</conversation>',
    'This is the next message:',
  ].join('\n\n');
}
