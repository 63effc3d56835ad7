import type { ResponseObject } from '../../../contract/http/responses.ts';
import { followTurn, type TurnDeps } from '../follow-turn.ts';
import { readTurnSoFar } from '../read-turn.ts';
import { endOf, FINISHED, lastWords, type TurnEnd } from '../render/ending.ts';
import type { Piece } from '../render/pieces.ts';
import { TurnReading } from '../render/reading.ts';
import type { BegunTurn } from '../turn.ts';
import { ResponseItems, type ResponseEvent } from './response-items.ts';
import type { ResponseRecord } from './response-records.ts';
import { endState, plainState, responseObject, type ResponseState } from './response.ts';

/** A response whose run there is. */
export interface FoundResponse {
  begun: BegunTurn;
  record: ResponseRecord;
  owner: string;
  store: boolean;
}

/** Gets an event with its number, and the event of the log that it tells of. */
type TellResponse = (event: NumberedEvent, seq: number) => Promise<void> | void;
export type NumberedEvent = ResponseEvent & { sequence_number: number };

/** How many events of a response one event of the log makes at most, unless it was held back. */
const NUMBERS_EACH = 1_000;

/** One reading of a response: as it comes, or as far as it is there. */
export class FollowedResponse {
  readonly #deps: TurnDeps;
  readonly #found: FoundResponse;
  readonly #reading: TurnReading;
  readonly #items: ResponseItems;
  #number = -1;

  constructor(deps: TurnDeps, found: FoundResponse) {
    const { begun, record } = found;
    this.#deps = deps;
    this.#found = found;
    this.#reading = new TurnReading(begun.show, begun.cursor);
    this.#items = new ResponseItems(begun.run_id, record.tool_display);
  }

  get reading(): TurnReading {
    return this.#reading;
  }

  /** The response in a state; `end` is how its turn ended. */
  object(state: ResponseState, end?: TurnEnd): ResponseObject {
    const { record, begun, store } = this.#found;
    return responseObject(record, { begun, reading: this.#reading, items: this.#items }, state, { store, end });
  }

  /**
   * Tells all events of the response, from its first one, until it is over; answers how it ended. Their numbers are the
   * same in every reading, since they come from those of the log. Whoever has gone is told nothing more.
   */
  async follow(gone: AbortSignal, tell: TellResponse): Promise<{ state: ResponseState; end: TurnEnd }> {
    const { begun, record, owner } = this.#found;
    const say = (event: ResponseEvent, seq: number) => tell(this.#numbered(event, seq), seq);
    const sayAll = async (events: readonly ResponseEvent[], seq: number): Promise<void> => {
      for (const event of events) await say(event, seq);
    };
    const working = (): ResponseEvent => ({
      ...{ type: 'response.in_progress', response: this.object(plainState('in_progress')) },
    });
    const first = this.object(plainState(record.background ? 'queued' : 'in_progress'));
    await say({ type: 'response.created', response: first }, 0);
    await (record.background ? say({ type: 'response.queued', response: first }, 0) : say(working(), 0));
    let isWorking = !record.background;
    const followed = { begun, owner, reading: this.#reading, gone };
    const end = await followTurn(this.#deps, followed, async (pieces, { seq }) => {
      if (!isWorking) await say(working(), seq);
      isWorking = true;
      await sayAll(this.#take(pieces), seq);
    });
    const last = this.#reading.cursor;
    if (end.kind === 'left') return { state: endState(end, undefined), end };
    const state = endState(end, end.kind === 'failed' ? await this.#run() : undefined);
    await sayAll(this.#finish(end, state), last);
    const type = state.status === 'completed' || state.status === 'failed' ? state.status : 'incomplete';
    await say({ type: `response.${type}`, response: this.object(state, end) }, last);
    return { state, end };
  }

  /** The response as far as it is there. */
  async soFar(): Promise<{ response: ResponseObject; isOver: boolean }> {
    await readTurnSoFar(this.#deps, this.#found.begun, this.#reading, (pieces) => void this.#take(pieces));
    const run = await this.#run();
    const isOver = this.#reading.success !== undefined || run.ended_at !== null;
    if (!isOver) {
      const status = run.status === 'queued' ? 'queued' : 'in_progress';
      return { response: this.object(plainState(status)), isOver };
    }
    const end = this.#reading.success === undefined ? endOf(this.#reading, run) : FINISHED;
    const state = endState(end, this.#reading.success === undefined ? run : undefined);
    this.#finish(end, state);
    return { response: this.object(state, end), isOver };
  }

  #take(pieces: readonly Piece[]): ResponseEvent[] {
    return pieces.flatMap((piece) => this.#items.take(piece));
  }

  /** What comes when the turn is over. */
  #finish(end: TurnEnd, { status }: ResponseState): ResponseEvent[] {
    const words = end.kind === 'finished' ? lastWords(end, this.#reading) : [];
    const isWhole = status === 'completed' || status === 'incomplete';
    return [
      ...this.#take([...this.#reading.end(), ...words]),
      ...this.#items.end(isWhole ? 'completed' : 'incomplete'),
    ];
  }

  #run(): ReturnType<TurnDeps['sessions']['reader']['run']> {
    const { begun, owner } = this.#found;
    return this.#deps.sessions.reader.run(begun.run_id, owner);
  }

  #numbered(event: ResponseEvent, seq: number): NumberedEvent {
    this.#number = Math.max(this.#number + 1, seq * NUMBERS_EACH);
    const { type, ...rest } = event;
    return { type, sequence_number: this.#number, ...rest };
  }
}
