import type { LoggedEvent } from '../contract/workflow/stream-events.ts';
import { fromLine } from './json-line.ts';

/** An entry as Redis answers it: its id, and names and values in turn. */
export type StreamEntry = [id: string, fields: [string, string, string, string, string, string]];

/** The event of an entry, null when it is damaged. */
export function fromEntry([id, [, at, , run, , event]]: StreamEntry): LoggedEvent | null {
  return fromLine(`{"seq":${Number.parseInt(id, 10)},"at":${JSON.stringify(at)},"run":${run},"event":${event}}`);
}
