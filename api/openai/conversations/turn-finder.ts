import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { derivedId } from '../../../contract/shared/derived-id.ts';
import type { EventLog } from '../../../events/event-log.ts';
import type { SessionContext } from '../../context.ts';
import { ApiError } from '../../http/api-error.ts';
import { noSession } from '../../sessions/reader.ts';
import type { Sessions } from '../../sessions/service.ts';
import type { ChatTurn, PreviousAnswer } from '../turn.ts';
import { isAnswerOf } from './answers.ts';
import { shortHash } from './chain.ts';
import { isIn, isLive } from './live-turns.ts';
import { instructionsHash, listOf, type Place } from './place.ts';
import type { Readers } from './readers.ts';
import { isPosted, type PostedTurn, type ChatTurnRecord, type TurnRecords } from './turn-records.ts';

interface Parts {
  context: SessionContext;
  sessions: Sessions;
  events: EventLog;
  turns: TurnRecords;
  readers: Readers;
}

export interface FoundTurn {
  turn: ChatTurnRecord;
  /** The turn whose answer ends when this one is started. */
  interrupts?: ChatTurnRecord | undefined;
}

/** The turn before a new one, and how much of the client's history it has. */
interface Parent {
  turn: Pick<PostedTurn, 'key' | 'session_id' | 'run' | 'instructions'>;
  told: number;
}

/** Where a new turn goes on. */
type Beginning = Pick<
  ChatTurnRecord,
  'begins' | 'session_id' | 'told' | 'cursor' | 'parent_instructions' | 'steers' | 'after'
> &
  Pick<FoundTurn, 'interrupts'>;

export const busy = (): ApiError =>
  new ApiError('conversation_busy', 'another message of the conversation is being answered').withHeaders({
    'x-should-retry': 'false',
  });

interface Known {
  /** The turns of the list, oldest first. */
  known: readonly ChatTurnRecord[];
  /** The runs whose readers have gone. */
  lost: ReadonlySet<string>;
}

/** Finds the turn that a request asks for: one that there is, or what a new one is to be. */
export class TurnFinder {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * A turn that answers the request already, or a claim of a new one, which is there when this resolves. Throws 409
   * `conversation_busy`, and 404 `session_not_found` where the client names a session by an id that is none. Asks
   * Temporal only where neither records nor events tell whether a turn is under way.
   */
  async find(turn: ChatTurn, place: Place): Promise<FoundTurn> {
    const { turns, readers } = this.#parts;
    const list = listOf(place, place.here);
    const all = await turns.list(list);
    const known = all.filter(({ refused }) => !refused);
    const lost = await readers.lost();
    const again = await this.#again(turn, place, { known, lost });
    if (again !== undefined) return { turn: again };
    const active = place.isNamed ? await this.#lostTurn({ known, lost }, turn.owner) : undefined;
    const key = keyOf(turn, place, all);
    const { interrupts, ...beginning } = await this.#beginning(turn, place, { known, lost, active, key });
    const claimed = await turns.claim({
      ...{ key, list, chain: place.here, run: null, instructions: place.instructions },
      ...{ answers: null, refused: false, at: Date.now() },
      ...beginning,
    });
    return { turn: claimed, interrupts };
  }

  /** The turn that is asked for once more: in place of one that has ended, only a retry. */
  async #again(turn: ChatTurn, place: Place, { known, lost }: Known): Promise<ChatTurnRecord | undefined> {
    const isRetry = saysAgain(turn);
    if (!place.isNamed && !isRetry) return undefined;
    const same = known.filter(({ chain }) => chain === place.here);
    // Of several with one history that whose reader has gone, which is who asks again.
    const again = same.findLast((each) => isIn(lost, each)) ?? same.at(-1);
    return again !== undefined && (isRetry || (await isLive(this.#parts, again, turn.owner))) ? again : undefined;
  }

  /** The turn under way of a conversation, which nobody reads any more; 409 where somebody does. */
  async #lostTurn({ known, lost }: Known, owner: string): Promise<ChatTurnRecord | undefined> {
    const newest = known.at(-1);
    if (newest === undefined || !(await isLive(this.#parts, newest, owner))) return undefined;
    if (!isIn(lost, newest)) throw busy();
    return newest;
  }

  async #beginning(
    turn: ChatTurn,
    place: Place,
    { known, lost, active, key }: Known & { active: ChatTurnRecord | undefined; key: string },
  ): Promise<Beginning> {
    const parent = await this.#parentOf(turn, place, known);
    if (parent === undefined) return this.#first(turn, place, known.length === 0, key);
    const { turn: before, told } = parent;
    const { session_id, run, instructions: parent_instructions } = before;
    const interrupts = active?.key === before.key ? undefined : active;
    if (await this.#parts.turns.claimNext(before, key)) {
      const cursor = await this.#parts.events.last(session_id);
      const where = { session_id, told, cursor, steers: isIn(lost, before), after: { session_id, run } };
      return { begins: 'continued', ...where, parent_instructions, interrupts };
    }
    // Whoever goes on there may have claimed it just now.
    if (place.isNamed) await this.#lostTurn({ known: await this.#others(place, key), lost }, turn.owner);
    return { ...afresh(derivedId('chat', place.root, key)), begins: { session_id, runs: run }, told, interrupts };
  }

  /** The turns of a named conversation, without that of `key`. */
  async #others(place: Place, key: string): Promise<ChatTurnRecord[]> {
    const all = await this.#parts.turns.list(listOf(place, place.here));
    return all.filter((each) => !each.refused && each.key !== key);
  }

  /** The first turn of a session: of one that the client names, or of a new one. */
  async #first(turn: ChatTurn, place: Place, isFirst: boolean, key: string): Promise<Beginning> {
    const { conversation } = turn;
    if (isFirst && conversation?.tier === 'session') {
      const { id: session_id } = conversation;
      if (!z.uuid().safeParse(session_id).success) throw noSession(session_id.slice(0, 100));
      const cursor = await this.#parts.events.last(session_id);
      return { ...afresh(session_id), begins: 'continued', told: place.before.length, cursor };
    }
    const parts = place.isNamed && isFirst ? [place.root] : [place.root, key];
    return { begins: 'new', ...afresh(derivedId('chat', ...parts)) };
  }

  async #parentOf(turn: ChatTurn, place: Place, known: readonly ChatTurnRecord[]): Promise<Parent | undefined> {
    if (turn.after !== undefined) return followed(turn.after);
    return place.isAppended ? appendedTo(known) : this.#parent(place, known);
  }

  /** The last turn whose chain and answer the client's history has. */
  async #parent(place: Place, known: readonly ChatTurnRecord[]): Promise<Parent | undefined> {
    const { turns, events } = this.#parts;
    // Without a name only all of the history tells which conversation it is.
    const past = place.isNamed ? place.past.toReversed() : place.past.slice(-1);
    for (const { chain, answer, end } of past) {
      const all = place.isNamed ? known : await turns.list(listOf(place, chain));
      const fits: PostedTurn[] = [];
      for (const each of all.filter(isPosted).filter((one) => one.chain === chain && !one.refused))
        if (await isAnswerOf(events, each, answer)) fits.push(each);
      // Two conversations that look alike: to go on in one would tell it of the other.
      if (!place.isNamed && fits.length > 1) return undefined;
      const newest = fits.at(-1);
      if (newest !== undefined) return { turn: newest, told: end };
    }
    return undefined;
  }
}

/** Whether the client says that it has asked the same before. */
const saysAgain = ({ is_retry, last_event_id }: ChatTurn): boolean => is_retry || last_event_id !== undefined;

/** The key of a new turn: the same for all who ask for the same one at once, and for whom it is the same. */
function keyOf(turn: ChatTurn, { isNamed, root, here, body_hash }: Place, all: readonly ChatTurnRecord[]): string {
  const { idempotency_key } = turn;
  if (idempotency_key !== undefined) {
    const refused = all.filter((each) => each.refused).length;
    return shortHash(root, here, body_hash, 'key', idempotency_key, refused);
  }
  return isNamed || saysAgain(turn) ? shortHash(root, here, body_hash, all.length) : randomUUID();
}

const afresh = (session_id: string) => ({
  ...{ session_id, told: 0, cursor: 0, parent_instructions: null, steers: false, after: null },
});

/** The answer that the client names. */
const followed = ({ session_id, run, instructions }: PreviousAnswer): Parent => ({
  ...{ turn: { key: '', session_id, run, instructions: instructionsHash(instructions) }, told: 0 },
});

/** The conversation goes on where it was. */
function appendedTo(known: readonly ChatTurnRecord[]): Parent | undefined {
  const newest = known.findLast(isPosted);
  return newest && { turn: newest, told: 0 };
}
