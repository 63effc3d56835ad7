import type { ToolDisplay } from '../../../contract/http/chat.ts';
import type { Piece } from './pieces.ts';
import { toolResultFrame, toolUseFrame, type ToolFrame } from './tool-frames.ts';
import { approvalText } from './tool-text.ts';

/** A part of the answer, or of the reasoning, as it goes out; `begins`: it is the first of its block. */
export interface TextFragment {
  kind: 'content' | 'reasoning';
  text: string;
  begins: boolean;
  /** What only clients read that know agenticore. */
  facts: Readonly<Record<string, unknown>>;
}

/** What goes out of a piece. */
export type Fragment = TextFragment | { kind: 'status'; status: { description: string; done: boolean } };

/** Turns the pieces of an answer into what goes out, and counts that. */
export class Fragments {
  readonly #display: ToolDisplay;
  /** Code points of the answer so far, and of what came before each of its texts. */
  #content = 0;
  #before: number[] = [];
  #hasReasoned = false;
  readonly #tools = new Map<string, string>();

  constructor(display: ToolDisplay) {
    this.#display = display;
  }

  of(piece: Piece): Fragment {
    switch (piece.kind) {
      case 'thinking':
        return this.#reasoning(piece, { x_agenticore_event_type: 'thinking' });
      case 'text':
        if (piece.begins) this.#before.push(this.#content);
        return this.#counted(piece, { x_agenticore_event_type: 'text' });
      case 'tool_use':
        this.#tools.set(piece.id, piece.name);
        return this.#tool(toolUseFrame(piece, this.#display));
      case 'tool_result':
        return this.#tool(toolResultFrame(piece, this.#tools.get(piece.id) ?? 'tool', this.#display));
      case 'approval':
        return this.#counted(
          { begins: true, text: approvalText(piece) },
          {
            x_agenticore_event_type: 'approval_request',
            x_agenticore_approval_id: piece.id,
            x_agenticore_tool_use_id: piece.tool_use_id,
          },
        );
      case 'void':
        return this.restarted(piece.reason, this.#discard(piece.blocks));
    }
  }

  /** Says that what follows is said again: `discard` is null where it is not known what the reader has. */
  restarted(reason: string, discard: number | null): TextFragment {
    const facts = {
      x_agenticore_event_type: 'restarted',
      x_agenticore_discard_chars: discard,
      x_agenticore_keep_chars: this.#content,
    };
    return { kind: 'reasoning', text: `\n\n↻ restarted: ${reason}\n`, begins: true, facts };
  }

  #tool({ reasoning, content, facts, status }: ToolFrame): Fragment {
    if (status !== undefined) return { kind: 'status', status };
    if (content !== undefined) return this.#counted({ begins: true, text: content }, facts);
    this.#hasReasoned = true;
    return { kind: 'reasoning', text: reasoning ?? '', begins: true, facts };
  }

  /** A fragment of the answer, parted from the block before. */
  #counted({ begins, text }: { begins: boolean; text: string }, facts: TextFragment['facts']): TextFragment {
    const said = begins && this.#content > 0 ? `\n\n${text}` : text;
    this.#content += [...said].length;
    return { kind: 'content', text: said, begins, facts };
  }

  #reasoning({ begins, text }: { begins: boolean; text: string }, facts: TextFragment['facts']): TextFragment {
    const said = begins && this.#hasReasoned ? `\n\n${text}` : text;
    this.#hasReasoned = true;
    return { kind: 'reasoning', text: said, begins, facts };
  }

  /** Gives up the last `blocks` texts, with what stands between them and after them. */
  #discard(blocks: number | 'all'): number {
    const texts = blocks === 'all' ? this.#before.length : Math.min(blocks, this.#before.length);
    const [first = this.#content] = texts === 0 ? [] : this.#before.splice(-texts);
    const kept = blocks === 'all' ? 0 : first;
    const discarded = this.#content - kept;
    this.#content = kept;
    return discarded;
  }
}
