import type { Visibility } from '../../../packages/package.ts';
import type { PieceKind } from './pieces.ts';

/** Why a block whose stream broke off is said again. */
const BROKEN_OFF = 'the answer broke off and is said again';

/**
 * The blocks of one kind in an answer: fragments and then the whole block come in, and every character goes out once.
 */
export class Blocks {
  readonly #kind: 'thinking' | 'text';
  /** What was said of the block that is not complete. */
  #open: string | undefined;

  constructor(kind: 'thinking' | 'text') {
    this.#kind = kind;
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** The next fragment of a block. */
  add(text: string): PieceKind[] {
    const begins = this.#open === undefined;
    this.#open = (this.#open ?? '') + text;
    return [{ kind: this.#kind, text, begins }];
  }

  /** The whole block: what of it was not said. One that went otherwise than its fragments is said anew. */
  complete(whole: string): PieceKind[] {
    const said = this.#open;
    this.#open = undefined;
    if (said === undefined) return [{ kind: this.#kind, text: whole, begins: true }];
    if (whole === said) return [];
    if (whole.startsWith(said)) return [{ kind: this.#kind, text: whole.slice(said.length), begins: false }];
    const again: PieceKind = { kind: this.#kind, text: whole, begins: true };
    return this.#kind === 'text' ? [{ kind: 'void', blocks: 1, reason: BROKEN_OFF }, again] : [again];
  }

  /** Gives up the block that is not complete. */
  drop(): void {
    this.#open = undefined;
  }
}

/**
 * Which text blocks are shown: narration, the last one, or both. Where only one of them is, a block is held back until
 * it is known which it is.
 */
export class ShownTexts {
  readonly #show: Pick<Visibility, 'narration' | 'final'>;
  #held: PieceKind[] = [];

  constructor(show: Pick<Visibility, 'narration' | 'final'>) {
    this.#show = show;
  }

  /** What of `pieces`, and of what was held back, can be shown. */
  pass(pieces: readonly PieceKind[]): PieceKind[] {
    if (this.#show.narration && this.#show.final) return [...pieces];
    return pieces.flatMap((piece) => {
      if (piece.kind === 'void') return this.#void(piece);
      const before = piece.kind === 'text' && piece.begins ? this.#release(this.#show.narration) : [];
      this.#held.push(piece);
      return before;
    });
  }

  /** The answer is over: what is held back is the last block. */
  end(): PieceKind[] {
    return this.#release(this.#show.final);
  }

  #void(piece: Extract<PieceKind, { kind: 'void' }>): PieceKind[] {
    this.#held = [];
    return [piece.blocks === 'all' ? piece : { ...piece, blocks: 0 }];
  }

  #release(shown: boolean): PieceKind[] {
    const held = this.#held;
    this.#held = [];
    return shown ? held : [];
  }
}
