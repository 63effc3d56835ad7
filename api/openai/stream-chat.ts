import { randomUUID } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import type { ToolDisplay } from '../../contract/http/chat.ts';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import type { ApiDeps } from '../http/deps.ts';
import { streamedError, openAiError } from './errors.ts';
import { followTurn, type TurnDeps } from './follow-turn.ts';
import { FrameStream } from './frame-stream.ts';
import { chunk, ChunkWriter, sideChunk, type Envelope } from './render/chunk-writer.ts';
import { lastWords, type TurnEnd } from './render/ending.ts';
import type { Piece } from './render/pieces.ts';
import { TurnReading } from './render/reading.ts';
import { chatUsage } from './render/usage.ts';
import { completionId, shownSettings, summaryOf, turnHeaders } from './summary.ts';
import type { BegunTurn, ChatTurn, Claimed } from './turn.ts';

export interface ChatDeps extends TurnDeps, Pick<ApiDeps, 'conversations' | 'log'> {}

/** A turn that is to be streamed. */
export interface StreamedTurn {
  turn: ChatTurn;
  /** As the client has written it. */
  model: string;
  includeUsage: boolean;
}

/**
 * Answers a turn as a stream, which is opened before anything runs. What the request and the records of conversations
 * tell against the turn is thrown, for an HTTP error; what happens later is told in the stream.
 */
export async function streamChat(deps: ChatDeps, asked: StreamedTurn, reply: FastifyReply): Promise<void> {
  const stream = new FrameStream(reply);
  const claimed = await deps.conversations.claim(asked.turn);
  stream.open(claimed.kind === 'turn' ? turnHeaders(claimed) : {});
  try {
    await new StreamedAnswer(deps, asked, stream).send(claimed);
  } catch (error) {
    await stream.send(streamedError(error));
  } finally {
    stream.end();
  }
}

class StreamedAnswer {
  readonly #deps: ChatDeps;
  readonly #asked: StreamedTurn;
  readonly #stream: FrameStream;

  constructor(deps: ChatDeps, asked: StreamedTurn, stream: FrameStream) {
    this.#deps = deps;
    this.#asked = asked;
    this.#stream = stream;
  }

  async send(claimed: Claimed): Promise<void> {
    const begun = claimed.kind === 'turn' ? await claimed.start() : claimed;
    const { model, includeUsage } = this.#asked;
    const id = completionId(begun.kind === 'turn' ? begun.run_id : randomUUID());
    const envelope: Envelope = { id, created: Math.floor(Date.now() / 1_000), model };
    const seq = begun.kind === 'turn' ? begun.cursor : undefined;
    const role = { role: 'assistant', content: '' };
    await this.#stream.send(chunk(envelope, { delta: role, logprobs: null }), seq);
    if (begun.kind === 'turn') return this.#follow(begun, envelope);
    const facts = { x_agenticore_event_type: 'stream_config' };
    const content = JSON.stringify(shownSettings(begun.show));
    await this.#stream.send(chunk(envelope, { delta: { content }, facts }));
    await this.#stream.send(chunk(envelope, { delta: {}, finish_reason: 'stop' }));
    const { usage } = new TurnReading(begun.show, 0);
    if (includeUsage) await this.#stream.send(sideChunk(envelope, { usage: chatUsage(usage) }));
  }

  async #follow(begun: BegunTurn, envelope: Envelope): Promise<void> {
    const { turn } = this.#asked;
    const reading = new TurnReading(begun.show, begun.cursor);
    const writer = new ChunkWriter(envelope, displayOf(turn));
    const already = new Already(turn.last_event_id, begun);
    const write = async (pieces: readonly Piece[], seq: number): Promise<void> => {
      const gap = already.lost(seq) ? writer.restarted('what came last is said again', null) : undefined;
      if (gap !== undefined) await this.#stream.send(gap, seq);
      for (const piece of pieces) {
        const frame = writer.write(piece);
        if (!already.has(seq)) await this.#stream.send(frame.data, frame.seq);
      }
    };
    const { owner } = turn;
    let end: TurnEnd | undefined;
    try {
      end = await followTurn(
        this.#deps,
        { begun, owner, reading, gone: this.#stream.gone },
        (pieces: Piece[], event: LoggedEvent) => write(pieces, event.seq),
      );
      await write(reading.end(), reading.cursor);
      await this.#finish(begun, reading, { end, writer, envelope });
    } finally {
      await settleTurn(this.#deps, turn, begun, reading);
    }
  }

  async #finish(
    begun: BegunTurn,
    reading: TurnReading,
    { end, writer, envelope }: { end: TurnEnd; writer: ChunkWriter; envelope: Envelope },
  ): Promise<void> {
    const seq = reading.cursor;
    if (end.kind === 'left') return;
    if (end.kind === 'failed') return this.#stream.send(openAiError(end.message, 'server_error', end.code), seq);
    for (const piece of lastWords(end, reading)) await this.#stream.send(writer.write(piece).data, seq);
    await this.#stream.send(chunk(envelope, { delta: {}, finish_reason: end.finish_reason }), seq);
    const usage = this.#asked.includeUsage && { usage: chatUsage(reading.usage) };
    await this.#stream.send(sideChunk(envelope, { ...usage, x_agenticore: summaryOf(begun, reading, end) }), seq);
  }
}

/** What the client, which goes on with an answer, has had of it. */
class Already {
  readonly #id: number | undefined;
  #isSeen = false;

  constructor(id: number | undefined, { cursor }: BegunTurn) {
    this.#id = id !== undefined && id > cursor ? id : undefined;
  }

  has(seq: number): boolean {
    if (seq === this.#id) this.#isSeen = true;
    return this.#id !== undefined && seq <= this.#id;
  }

  /** Whether the event that it had last is not kept any more, so that the rest of its block cannot be told. */
  lost(seq: number): boolean {
    if (this.#id === undefined || this.#isSeen || seq <= this.#id) return false;
    return (this.#isSeen = true);
  }
}

/** Tells the conversation whether its client has the whole answer. A failure of that is logged; the answer stands. */
export async function settleTurn(
  { conversations, log }: Pick<ApiDeps, 'conversations' | 'log'>,
  turn: ChatTurn,
  begun: BegunTurn,
  { success, texts }: TurnReading,
): Promise<void> {
  try {
    if (success === undefined) await conversations.left(turn, begun);
    else await conversations.answered(begun, texts);
  } catch (err) {
    log.warn({ run: begun.run_id, err }, 'a conversation could not note its answer');
  }
}

/** How the tool calls of a turn are shown. */
export const displayOf = ({ tool_display, package: { chat } }: ChatTurn): ToolDisplay =>
  tool_display ?? chat.tool_display;
