import { eventsAfter, type EventLog } from '../../events/event-log.ts';
import { invalid } from '../http/api-error.ts';

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
  let isFirst = true;
  for await (const { seq, run, event } of eventsAfter(events, session)) {
    if (event.type === 'gap' && isFirst && at > 0 && event.to >= at)
      throw invalid('at_event', `must be an event that is still kept: the first one is ${event.to + 1}`);
    if (seq > at) break;
    isFirst = false;
    if (run === null || (event.type !== 'run_started' && event.type !== 'run_ended')) continue;
    first ??= run;
    // The next one begins when it has ended, however that was.
    if (current !== undefined && current !== run) ended.add(current);
    if (event.type === 'run_ended') ended.add(run);
    current = run;
  }
  return (number) => ended.has(number) || (first !== undefined && number < first);
}
