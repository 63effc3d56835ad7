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
  /** The agent begins again: the last `blocks` of the text do not count, or nothing of the answer does. */
  | { kind: 'void'; blocks: number | 'all'; reason: string };
