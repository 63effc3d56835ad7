import type { ToolDisplay } from '../../../contract/http/chat.ts';
import type { Piece } from './pieces.ts';
import { toolResultFrame, toolUseFrame, type ToolFrame } from './tool-frames.ts';
import { approvalText } from './tool-text.ts';

/** One frame of a stream; `seq` is the event that it tells of. */
export interface Frame {
  seq: number;
  data: object;
}

/** What all chunks of a completion have. */
export interface Envelope {
  id: string;
  created: number;
  model: string;
}

interface Choice {
  delta: object;
  finish_reason?: string | null;
  facts?: Readonly<Record<string, unknown>>;
  logprobs?: null;
}

/** A chunk of a completion. */
export const chunk = (envelope: Envelope, { delta, finish_reason = null, facts = {}, ...rest }: Choice): object => ({
  ...base(envelope),
  choices: [{ index: 0, delta, ...rest, finish_reason, ...facts }],
});

/** A chunk that clients of OpenAI pass over. */
export const sideChunk = (envelope: Envelope, fields: object): object => ({
  ...base(envelope),
  choices: [],
  ...fields,
});

const base = ({ id, created, model }: Envelope): object => ({ id, object: 'chat.completion.chunk', created, model });

/** Writes the pieces of an answer as frames, and counts what it has written. */
export class ChunkWriter {
  readonly #envelope: Envelope;
  readonly #display: ToolDisplay;
  /** Code points of the answer so far, and those of its last text block with what parts it from the one before. */
  #content = 0;
  #block = 0;
  #hasReasoned = false;
  readonly #tools = new Map<string, string>();

  constructor(envelope: Envelope, display: ToolDisplay) {
    this.#envelope = envelope;
    this.#display = display;
  }

  write(piece: Piece): Frame {
    return { seq: piece.seq, data: this.#chunkOf(piece) };
  }

  /** Says that what follows is said again: `discard` is null where it is not known what the reader has. */
  restarted(reason: string, discard: number | null): object {
    const facts = {
      x_agenticore_event_type: 'restarted',
      x_agenticore_discard_chars: discard,
      x_agenticore_keep_chars: this.#content,
    };
    return this.#chunk({ reasoning_content: `\n\n↻ restarted: ${reason}\n` }, facts);
  }

  #chunkOf(piece: Piece): object {
    switch (piece.kind) {
      case 'thinking':
        return this.#chunk(
          { reasoning_content: this.#parted(piece.begins, piece.text) },
          { x_agenticore_event_type: 'thinking' },
        );
      case 'text':
        return this.#chunk({ content: this.#counted(piece) }, { x_agenticore_event_type: 'text' });
      case 'tool_use':
        this.#tools.set(piece.id, piece.name);
        return this.#tool(toolUseFrame(piece, this.#display));
      case 'tool_result':
        return this.#tool(toolResultFrame(piece, this.#tools.get(piece.id) ?? 'tool', this.#display));
      case 'approval':
        return this.#chunk(
          { content: this.#counted({ begins: true, text: approvalText(piece) }) },
          {
            x_agenticore_event_type: 'approval_request',
            x_agenticore_approval_id: piece.id,
            x_agenticore_tool_use_id: piece.tool_use_id,
          },
        );
      case 'void':
        return this.restarted(piece.reason, this.#discard(piece.of));
    }
  }

  #chunk(delta: object, facts: Readonly<Record<string, unknown>>): object {
    return chunk(this.#envelope, { delta, facts });
  }

  #tool({ reasoning, content, facts, status }: ToolFrame): object {
    if (status !== undefined) return sideChunk(this.#envelope, { event: { type: 'status', data: status } });
    if (content !== undefined) return this.#chunk({ content: this.#counted({ begins: true, text: content }) }, facts);
    this.#hasReasoned = true;
    return this.#chunk({ reasoning_content: reasoning }, facts);
  }

  /** A fragment of the answer, parted from the block before. */
  #counted({ begins, text }: { begins: boolean; text: string }): string {
    const said = begins && this.#content > 0 ? `\n\n${text}` : text;
    const length = [...said].length;
    this.#block = begins ? length : this.#block + length;
    this.#content += length;
    return said;
  }

  #parted(begins: boolean, text: string): string {
    const said = begins && this.#hasReasoned ? `\n\n${text}` : text;
    this.#hasReasoned = true;
    return said;
  }

  #discard(of: 'nothing' | 'block' | 'answer'): number {
    const discarded = { nothing: 0, block: this.#block, answer: this.#content }[of];
    this.#content -= discarded;
    this.#block = 0;
    return discarded;
  }
}
