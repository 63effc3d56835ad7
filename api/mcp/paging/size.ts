import { jsonBytes } from '../../json-bytes.ts';

/**
 * Most bytes of a tool's answer, as JSON. Claude Code keeps results above 25,000 tokens from its model
 * (MAX_MCP_OUTPUT_TOKENS), and takes those below 50,000 characters without counting; other clients cut sooner or later.
 */
const MAX_ANSWER_BYTES = 40_000;

/** Of that, for what stands beside the records and events of an answer. */
const BESIDE_BYTES = 2_000;

/** Most bytes of the records, or events, of an answer. */
export const ROOM = MAX_ANSWER_BYTES - BESIDE_BYTES;

/** As many of the first `items` as fit into an answer, and at least one. */
export function thatFit<T>(items: readonly T[]): T[] {
  let room = ROOM;
  const over = items.findIndex((item, index) => (room -= jsonBytes(item) + 1) < 0 && index > 0);
  return over === -1 ? [...items] : items.slice(0, over);
}

/**
 * A page of a list that fits into an answer: `load` loads one of at most `limit` entries, and is asked for fewer while
 * that is too large. So its `next_cursor` is always the store's own.
 */
export async function fittingPage<Page>(limit: number, load: (limit: number) => Promise<Page>): Promise<Page> {
  for (let entries = limit; ;) {
    const page = await load(entries);
    const bytes = jsonBytes(page);
    if (bytes <= ROOM || entries === 1) return page;
    entries = Math.max(1, Math.floor((entries * ROOM) / bytes));
  }
}
