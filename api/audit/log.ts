import { isSaid, type Said } from '../../contract/shared/said.ts';
import type { LoggedEvent, StreamEvent } from '../../contract/workflow/stream-events.ts';
import { eventsAfter, type EventLog } from '../../events/event-log.ts';

/** What one run of a session, or a job, said according to the event log. */
export interface LoggedRun {
  number: number;
  said: Said[];
  /** Ids of the tool calls of its agent's subagents: what they do is written down elsewhere. */
  inner: ReadonlySet<string>;
  /** Its events, in order. */
  events: LoggedEvent[];
  /** Whether it succeeded at its first attempt: else its end may be missing, here or elsewhere. */
  isSmooth: boolean;
  /** Whether its agent began anew: what was said before, by earlier runs too, is in no transcript any more. */
  restarted: boolean;
}

/** The runs of a stream that have begun, in order, and whether a part of it is lost. */
export async function readRuns(events: EventLog, stream: string): Promise<{ runs: LoggedRun[]; hasGaps: boolean }> {
  const runs = new Map<number, LoggedEvent[]>();
  let hasGaps = false;
  for await (const logged of eventsAfter(events, stream)) {
    hasGaps ||= logged.event.type === 'gap';
    const number = logged.run;
    if (number === null) continue;
    const list = runs.get(number);
    if (list === undefined) runs.set(number, [logged]);
    else list.push(logged);
  }
  const begun = [...runs].filter(([, list]) => list.some(({ event }) => event.type === 'run_started'));
  return { runs: begun.map(([number, list]) => toRun(number, list)), hasGaps };
}

function toRun(number: number, events: LoggedEvent[]): LoggedRun {
  const attempts = events.filter(({ event }) => event.type === 'run_started').length;
  const end = events.findLast(({ event }) => event.type === 'run_ended')?.event;
  const anew = events.findLastIndex(({ event }) => event.type === 'restarted');
  const valid = remembered(events.slice(anew + 1).map(({ event }) => event));
  const inner = new Set(
    valid.flatMap((event) => (event.type === 'tool_use' && event.parent_id !== null ? event.id : [])),
  );
  return {
    ...{ number, events, inner, restarted: anew !== -1 },
    said: valid.filter(isSaid).filter((event) => !('id' in event) || !inner.has(event.id)),
    isSmooth: attempts === 1 && end?.type === 'run_ended' && end.result.status === 'succeeded',
  };
}

/** The events without the texts that the agent did not remember after a loss. */
function remembered(events: readonly StreamEvent[]): StreamEvent[] {
  const kept: StreamEvent[] = [];
  for (const event of events) {
    if (event.type === 'run_started')
      for (let lost = event.forgotten_texts ?? 0; lost > 0; lost--)
        kept.splice(
          kept.findLastIndex(({ type }) => type === 'text'),
          1,
        );
    kept.push(event);
  }
  return kept;
}
