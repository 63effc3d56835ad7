import type { Piece } from './pieces.ts';
import { approvalText, cutResult, type ToolResultPiece, type ToolUsePiece } from './tool-text.ts';

/** A tool call, or its result, in a completion. */
export type ToolEvent =
  | ({ type: 'tool_use' } & Pick<ToolUsePiece, 'id' | 'name' | 'input' | 'parent_id'>)
  | ({ type: 'tool_result' } & Pick<ToolResultPiece, 'id' | 'is_error' | 'content' | 'truncated_bytes'>);

/** The pieces of an answer as one: what was void is not in it. */
export class GatheredAnswer {
  #texts: string[] = [];
  #thinking: string[] = [];
  #events: ToolEvent[] = [];

  add(piece: Piece): void {
    switch (piece.kind) {
      case 'text':
        return append(this.#texts, piece);
      case 'thinking':
        return append(this.#thinking, piece);
      case 'approval':
        return append(this.#texts, { begins: true, text: approvalText(piece) });
      case 'tool_use': {
        const { id, name, input, parent_id } = piece;
        this.#events.push({ type: 'tool_use', id, name, input, parent_id });
        return;
      }
      case 'tool_result': {
        const { text: content, truncated: truncated_bytes } = cutResult(piece);
        this.#events.push({ type: 'tool_result', id: piece.id, is_error: piece.is_error, content, truncated_bytes });
        return;
      }
      case 'void':
        return this.#void(piece.blocks);
    }
  }

  addAll(pieces: readonly Piece[]): void {
    for (const piece of pieces) this.add(piece);
  }

  /** The visible blocks. */
  get content(): string {
    return this.#texts.join('\n\n');
  }

  get reasoning(): string {
    return this.#thinking.join('\n\n');
  }

  get events(): readonly ToolEvent[] {
    return this.#events;
  }

  #void(blocks: number | 'all'): void {
    if (blocks !== 'all') return void this.#texts.splice(Math.max(0, this.#texts.length - blocks));
    this.#texts = [];
    this.#thinking = [];
    this.#events = [];
  }
}

function append(blocks: string[], { begins, text }: { begins: boolean; text: string }): void {
  if (begins || blocks.length === 0) blocks.push(text);
  else blocks[blocks.length - 1] += text;
}
