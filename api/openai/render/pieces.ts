import type { StreamEvent } from '../../../contract/workflow/stream-events.ts';

type Of<Type extends StreamEvent['type']> = Omit<Extract<StreamEvent, { type: Type }>, 'type'>;

/** A part of an answer as readers get it: what is hidden from them is not among the pieces. */
export type Piece = { seq: number } & PieceKind;

export type PieceKind =
  /** `begins`: it is the first of its block. */
  | { kind: 'thinking'; text: string; begins: boolean }
  | { kind: 'text'; text: string; begins: boolean }
  | ({ kind: 'tool_use' } & Of<'tool_use'>)
  | ({ kind: 'tool_result' } & Of<'tool_result'>)
  | ({ kind: 'approval' } & Of<'approval_requested'>)
  /** The agent begins again: what was said of the last block, or of the whole answer, does not count. */
  | { kind: 'void'; of: 'nothing' | 'block' | 'answer'; reason: string };
