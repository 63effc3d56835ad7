import type { ToolDisplay } from '../../../contract/http/chat.ts';
import type { ItemStatus, OutputItem } from '../../../contract/http/responses.ts';
import { Fragments, type TextFragment } from '../render/fragments.ts';
import type { Piece } from '../render/pieces.ts';

/** An event of a response, without its number. */
export type ResponseEvent = { type: `response.${string}` } & Readonly<Record<string, unknown>>;

/** An item of which more may come. */
interface OpenItem {
  kind: TextFragment['kind'];
  id: string;
  output_index: number;
  text: string;
}

/**
 * The output of a response: each text block of the answer is a message, and what comes between two of them is one
 * reasoning item. The texts of the messages, one after the other, are the answer.
 */
export class ResponseItems {
  readonly #run: string;
  readonly #fragments: Fragments;
  /** How many items have begun, also those that do not count any more. */
  #begun = 0;
  #open: OpenItem | undefined;
  #done: OutputItem[] = [];

  constructor(run_id: string, display: ToolDisplay) {
    this.#run = run_id;
    // Status lines are chunks of a chat.
    this.#fragments = new Fragments(display === 'openwebui' ? 'reasoning' : display);
  }

  /** What readers are told of a piece. */
  take(piece: Piece): ResponseEvent[] {
    const given = piece.kind === 'void' ? this.#void(piece.blocks) : [];
    const fragment = this.#fragments.of(piece);
    return fragment.kind === 'status' ? given : [...given, ...this.#add(fragment)];
  }

  /** The answer is over; `incomplete`: it broke off. */
  end(status: 'completed' | 'incomplete'): ResponseEvent[] {
    return this.#close(status);
  }

  /** The items so far that count. */
  get output(): OutputItem[] {
    return this.#open === undefined ? [...this.#done] : [...this.#done, itemOf(this.#open, 'in_progress')];
  }

  #add(fragment: TextFragment): ResponseEvent[] {
    const { kind, begins, facts } = fragment;
    const isNew = this.#open?.kind !== kind || (kind === 'content' && begins);
    const before = isNew ? this.#close('completed') : [];
    const open = isNew ? this.#begin(kind) : this.#open;
    if (open === undefined) return before;
    const delta = kind === 'reasoning' && isNew ? fragment.text.trimStart() : fragment.text;
    open.text += delta;
    return [...before, ...(isNew ? addedEvents(open) : []), deltaEvent(open, delta, facts)];
  }

  #begin(kind: TextFragment['kind']): OpenItem {
    const output_index = this.#begun++;
    const id = `${kind === 'content' ? 'msg' : 'rs'}_${this.#run}_${output_index}`;
    return (this.#open = { kind, id, output_index, text: '' });
  }

  #close(status: ItemStatus): ResponseEvent[] {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return [];
    this.#done.push(itemOf(open, status));
    return doneEvents(open, status);
  }

  /** The last `blocks` texts do not count, or nothing does. */
  #void(blocks: number | 'all'): ResponseEvent[] {
    if (blocks === 0) return [];
    const events = this.#close('incomplete');
    const texts = this.#done.filter(({ type }) => type === 'message');
    const given = new Set(blocks === 'all' ? this.#done : texts.slice(-blocks));
    this.#done = this.#done.filter((item) => !given.has(item));
    return events;
  }
}

const textPart = (text: string) => ({
  ...{ type: 'output_text' as const, text, annotations: [] as [], logprobs: [] as [] },
});
const summaryPart = (text: string) => ({ type: 'summary_text' as const, text });

const itemOf = ({ kind, id, text }: OpenItem, status: ItemStatus): OutputItem =>
  kind === 'content'
    ? { id, type: 'message', role: 'assistant', status, content: [textPart(text)] }
    : { id, type: 'reasoning', summary: [summaryPart(text)] };

/** Where in the response a part stands. */
const placeOf = ({ kind, id: item_id, output_index }: OpenItem): object => ({
  ...{ item_id, output_index, ...(kind === 'content' ? { content_index: 0 } : { summary_index: 0 }) },
});

function addedEvents(open: OpenItem): ResponseEvent[] {
  const { kind, id, output_index } = open;
  const empty =
    kind === 'content'
      ? { id, type: 'message', role: 'assistant', status: 'in_progress', content: [] }
      : { id, type: 'reasoning', summary: [] };
  const part =
    kind === 'content'
      ? { type: 'response.content_part.added' as const, part: textPart('') }
      : { type: 'response.reasoning_summary_part.added' as const, part: summaryPart('') };
  return [
    { type: 'response.output_item.added', output_index, item: empty },
    { ...part, ...placeOf(open) },
  ];
}

const deltaEvent = (open: OpenItem, delta: string, facts: TextFragment['facts']): ResponseEvent =>
  open.kind === 'content'
    ? { type: 'response.output_text.delta', ...placeOf(open), delta, logprobs: [], ...facts }
    : { type: 'response.reasoning_summary_text.delta', ...placeOf(open), delta, ...facts };

function doneEvents(open: OpenItem, status: ItemStatus): ResponseEvent[] {
  const { kind, output_index, text } = open;
  const place = placeOf(open);
  const parts: ResponseEvent[] =
    kind === 'content'
      ? [
          { type: 'response.output_text.done', ...place, text, logprobs: [] },
          { type: 'response.content_part.done', ...place, part: textPart(text) },
        ]
      : [
          { type: 'response.reasoning_summary_text.done', ...place, text },
          { type: 'response.reasoning_summary_part.done', ...place, part: summaryPart(text) },
        ];
  return [...parts, { type: 'response.output_item.done', output_index, item: itemOf(open, status) }];
}
