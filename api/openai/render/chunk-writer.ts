import type { ToolDisplay } from '../../../contract/http/chat.ts';
import { Fragments, type Fragment } from './fragments.ts';
import type { Piece } from './pieces.ts';

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

/** Writes the pieces of an answer as frames. */
export class ChunkWriter {
  readonly #envelope: Envelope;
  readonly #fragments: Fragments;

  constructor(envelope: Envelope, display: ToolDisplay) {
    this.#envelope = envelope;
    this.#fragments = new Fragments(display);
  }

  write(piece: Piece): Frame {
    return { seq: piece.seq, data: this.#chunk(this.#fragments.of(piece)) };
  }

  /** Says that what follows is said again: `discard` is null where it is not known what the reader has. */
  restarted(reason: string, discard: number | null): object {
    return this.#chunk(this.#fragments.restarted(reason, discard));
  }

  #chunk(fragment: Fragment): object {
    if (fragment.kind === 'status')
      return sideChunk(this.#envelope, { event: { type: 'status', data: fragment.status } });
    const { kind, text, facts } = fragment;
    return chunk(this.#envelope, { delta: { [kind === 'content' ? 'content' : 'reasoning_content']: text }, facts });
  }
}
