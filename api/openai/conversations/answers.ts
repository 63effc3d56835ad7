import { eventsAfter, type EventLog } from '../../../events/event-log.ts';
import { plainText, shortHash } from './chain.ts';
import { withoutMarkup } from './history.ts';
import type { PostedTurn } from './turn-records.ts';

/** What a run has said so far, as its events tell. */
interface Heard {
  /** Its texts, one after the other, since it began anew. */
  blocks: readonly string[];
  /** All of its texts. */
  all: readonly string[];
  isEnded: boolean;
  /** Whether it said all that it was to say. */
  isWhole: boolean;
}

const hashed = (text: string): string => shortHash(plainText(withoutMarkup(text)));

/** Hashes of the texts under which a client may keep an answer: all of it, or its last text alone. */
export const answerHashes = (texts: readonly string[]): string[] => [
  ...new Set([texts.join('\n\n'), texts.at(-1) ?? ''].map(hashed)),
];

type Where = Pick<PostedTurn, 'session_id' | 'run' | 'cursor'>;

/** Whether the run has said all that it says, as far as its events tell. */
export const isAnswered = async (events: EventLog, where: Where): Promise<boolean> =>
  (await hear(events, where)).isEnded;

/** Whether `text` is what a client may have kept of the answer to `turn`. */
export async function isAnswerOf(events: EventLog, turn: PostedTurn, text: string): Promise<boolean> {
  if (turn.answers?.includes(hashed(text)) === true) return true;
  // It was read in parts, or not to its end, or it has words in it that do not count.
  const { blocks, all, isEnded, isWhole } = await hear(events, turn);
  if ([...answerHashes(all), ...answerHashes(blocks)].includes(hashed(text))) return true;
  return (!isEnded || !isWhole) && plainText(all.join('\n\n')).startsWith(plainText(text));
}

/** Reads what the run of a turn has said so far. */
async function hear(events: EventLog, { session_id, run, cursor }: Where): Promise<Heard> {
  const all: string[] = [];
  let anew = 0;
  let partial = '';
  let end = { isEnded: false, isWhole: false };
  for await (const { event, run: number } of eventsAfter(events, session_id, cursor)) {
    if (number !== run) continue;
    if (event.type === 'text_delta') partial += event.text;
    if (event.type === 'text') all.push(event.text);
    if (event.type === 'restarted') anew = all.push(partial);
    if (event.type === 'text' || event.type === 'restarted') partial = '';
    // A run that failed in passing is tried again.
    if (event.type === 'run_started') end = { isEnded: false, isWhole: false };
    if (event.type === 'run_ended') end = { isEnded: true, isWhole: event.result.status === 'succeeded' };
  }
  const said = (from: number): string[] => [...all, partial].slice(from).filter((text) => text !== '');
  return { all: said(0), blocks: said(anew), ...end };
}
