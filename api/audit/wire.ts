import type { Said } from '../../contract/shared/said.ts';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import { ChunkWriter } from '../openai/render/chunk-writer.ts';
import { TurnReading } from '../openai/render/reading.ts';
import { ALL_SHOWN } from '../../packages/package.ts';

/** A choice of a chunk as a client gets it. */
interface Choice {
  delta: { content?: string; reasoning_content?: string };
  x_agenticore_event_type?: string;
  x_agenticore_tool_name?: string;
  x_agenticore_tool_use_id?: string;
  x_agenticore_input?: unknown;
  x_agenticore_result?: string;
  x_agenticore_is_error?: boolean;
  x_agenticore_truncated_bytes?: number;
  x_agenticore_discard_chars?: number | null;
}

/**
 * What a client makes of the stream of a run to which all is shown: the frames that the server makes of `events`, put
 * together as a client does. All of its texts are one there, and all of its thoughts.
 */
export function saidOnWire(events: readonly LoggedEvent[]): Said[] {
  const reading = new TurnReading(ALL_SHOWN, 0);
  const writer = new ChunkWriter({ id: 'audit', created: 0, model: 'audit' }, 'structured');
  const pieces = [...events.flatMap((event) => reading.take(event)), ...reading.end()];
  const client = new Client();
  for (const piece of pieces) client.take((writer.write(piece).data as { choices: [Choice] }).choices[0]);
  return client.said;
}

/** What was said in the form in which a stream tells it. */
export function asOnWire(said: readonly Said[]): Said[] {
  const words = (type: 'text' | 'thinking'): string =>
    said.flatMap((each) => (each.type === type ? each.text : [])).join(PARTED);
  const calls = said.filter(({ type }) => type === 'tool_use' || type === 'tool_result');
  return whole(words('text'), words('thinking'), calls);
}

const PARTED = '\n\n';

const whole = (text: string, thinking: string, calls: readonly Said[]): Said[] => [
  ...(text === '' ? [] : [{ type: 'text', text } as const]),
  ...(thinking === '' ? [] : [{ type: 'thinking', text: thinking } as const]),
  ...calls,
];

/** Puts together what it gets. */
class Client {
  /** Content, in code points; what is not the agent's own has no text, only a length. */
  #content: { characters: string[]; isSaid: boolean }[] = [];
  #thinking = '';
  #calls: Said[] = [];

  get said(): Said[] {
    const text = this.#content.flatMap(({ characters, isSaid }) => (isSaid ? characters : [])).join('');
    return whole(unparted(text), unparted(this.#thinking), this.#calls);
  }

  take(choice: Choice): void {
    const { content = '', reasoning_content: reasoning = '' } = choice.delta;
    switch (choice.x_agenticore_event_type) {
      case 'thinking':
        this.#thinking += reasoning;
        break;
      case 'text':
      case 'approval_request':
        this.#content.push({ characters: [...content], isSaid: choice.x_agenticore_event_type === 'text' });
        break;
      case 'restarted':
        this.#drop(choice.x_agenticore_discard_chars ?? 0);
        break;
      default:
        this.#calls.push(...callOf(choice));
    }
  }

  /** The last `count` characters are void, and with all of them all that was done. */
  #drop(count: number): void {
    for (let left = count; left > 0;) {
      const last = this.#content.pop();
      if (last === undefined) break;
      const kept = last.characters.slice(0, Math.max(0, last.characters.length - left));
      if (kept.length > 0) this.#content.push({ ...last, characters: kept });
      left -= last.characters.length;
    }
    if (count === 0 || this.#content.length > 0) return;
    this.#thinking = '';
    this.#calls = [];
  }
}

const unparted = (text: string): string => (text.startsWith(PARTED) ? text.slice(PARTED.length) : text);

function callOf(choice: Choice): Said[] {
  const { x_agenticore_tool_use_id: id = '', x_agenticore_tool_name: name = '' } = choice;
  if (choice.x_agenticore_event_type === 'tool_use')
    return [{ type: 'tool_use', id, name, input: choice.x_agenticore_input, parent_id: null }];
  if (choice.x_agenticore_event_type !== 'tool_result') return [];
  const { x_agenticore_is_error: is_error = false, x_agenticore_result: content = '' } = choice;
  const truncated_bytes = choice.x_agenticore_truncated_bytes ?? 0;
  return [{ type: 'tool_result', id, is_error, content, truncated_bytes }];
}
