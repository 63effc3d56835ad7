import type { Doing } from '../../contract/http/overview.ts';
import { toolWords } from '../../contract/shared/tool-labels.ts';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import type { EventLog } from '../../events/event-log.ts';

/** How many of the newest events are looked at: a poll of many streams stays cheap. */
const NEWEST = 50;

const MAX_WORDS = 200;

/** What the agent of a stream did last, from its newest events; null where they do not tell. */
export async function readDoing(events: Pick<EventLog, 'last' | 'read'>, stream: string): Promise<Doing | null> {
  const last = await events.last(stream);
  const newest = await events.read(stream, Math.max(0, last - NEWEST), NEWEST);
  return doingOf(newest);
}

/** What the last of these events tells; a tool that was called stays until something else is done. */
function doingOf(newest: readonly LoggedEvent[]): Doing | null {
  for (const logged of newest.toReversed()) {
    const found = tell(logged);
    if (found !== undefined) return found;
  }
  return null;
}

function tell({ at, event }: LoggedEvent): Doing | null | undefined {
  const doing = (what: Doing['what'], words = '', tool: string | null = null): Doing => ({
    ...{ at, what, tool },
    words: words.slice(0, MAX_WORDS),
  });
  switch (event.type) {
    case 'tool_use':
      return doing('tool', toolWords(event.input), event.name);
    case 'text':
    case 'text_delta':
      return doing('text');
    case 'thinking':
    case 'thinking_delta':
      return doing('thinking');
    case 'retrying':
      return doing('retrying', event.reason);
    case 'command_started':
      return doing('command', event.command);
    case 'stage':
    case 'run_ended':
    case 'run_started':
      return null;
    default:
      return undefined;
  }
}
