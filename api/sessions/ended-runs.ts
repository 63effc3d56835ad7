import type { EventLog } from '../../events/event-log.ts';
import { invalid } from '../http/api-error.ts';

/** Most events of one read. */
const AT_ONCE = 500;

/**
 * Which runs of a session had ended at event `at`, by its log. Throws 400, naming `at_event`, where there is no such
 * event (any more).
 */
export async function endedBy(events: EventLog, session: string, at: number): Promise<(number: number) => boolean> {
  if (at > (await events.last(session))) throw invalid('at_event', 'must be the number of an event of the session');
  const ended = new Set<number>();
  let current: number | undefined;
  // The events of all before it may be gone.
  let first: number | undefined;
  for (let cursor = 0, more = true; more && cursor < at;) {
    const page = await events.read(session, cursor, AT_ONCE);
    for (const { seq, run, event } of page) {
      if (event.type === 'gap' && cursor === 0 && event.to >= at)
        throw invalid('at_event', `must be an event that is still kept: the first one is ${event.to + 1}`);
      if (seq > at) break;
      cursor = seq;
      if (run === null || (event.type !== 'run_started' && event.type !== 'run_ended')) continue;
      first ??= run;
      // The next one begins when it has ended, however that was.
      if (current !== undefined && current !== run) ended.add(current);
      if (event.type === 'run_ended') ended.add(run);
      current = run;
    }
    more = page.length === AT_ONCE && (page.at(-1)?.seq ?? at) < at;
  }
  return (number) => ended.has(number) || (first !== undefined && number < first);
}
