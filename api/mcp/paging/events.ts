import type { EventPage } from '../../../contract/http/mcp-inputs.ts';
import { readEventPage } from '../../events/page.ts';
import type { EventSource } from '../../events/source.ts';
import type { ApiDeps } from '../../http/deps.ts';
import type { PageOf } from '../../http/typed-app.ts';
import { jsonBytes } from '../../json-bytes.ts';
import { ROOM } from './size.ts';
import { windowOf } from './window.ts';

type Page = PageOf<typeof EventPage>;
type Logged = Page['events'][number];

interface Query {
  /** The number of the last event that was read; `<number>:<character>` where a part of that one is still to come. */
  cursor: string;
  limit: number;
}

/** The events after `cursor` that fit into an answer; one that does not fit comes alone and in parts. */
export async function eventPage(
  deps: Pick<ApiDeps, 'disk' | 'events'>,
  source: EventSource,
  { cursor, limit }: Query,
): Promise<Page> {
  const [seq = 0, from = 0] = cursor.split(':').map(Number);
  const after = from === 0 ? seq : seq - 1;
  const { events, ended, cursor: last } = await readEventPage(deps, source, { cursor: after, limit }, ROOM);
  const [first] = events;
  const goesOn = from > 0 && first?.seq === seq;
  if (first === undefined || !(goesOn || jsonBytes(first) > ROOM)) return { events, next_cursor: String(last), ended };
  const { part, next } = partOf(first, goesOn ? from : 0);
  if (next !== null) return { events: [part], next_cursor: `${first.seq}:${next}`, ended: false };
  const isLast = ended && events.length === 1;
  return { events: [part], next_cursor: String(first.seq), ended: isLast };
}

/** A part of an event that begins at character `from` of its fields; what is no text is there as its JSON. */
function partOf(logged: Logged, from: number): { part: Logged; next: number | null } {
  const { type, ...fields } = logged.event;
  const texts = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : value]),
  );
  const { value: bare, cut: all } = windowOf(texts, 0, 0);
  const { value, cut, next } = windowOf(texts, from, ROOM - jsonBytes([bare, all]));
  return { part: { ...logged, event: { type, ...value }, cut }, next };
}
