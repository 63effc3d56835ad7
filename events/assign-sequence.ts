import type { Entry } from './append-queue.ts';
import { gap } from './sequence-gap.ts';
import { toLine } from './json-line.ts';

/** Lines for entries that come after number `last`, with a gap where numbers are skipped, and the entries' numbers. */
export function toLines(last: number, entries: Entry[]): { lines: string; seqs: number[] } {
  const at = new Date().toISOString();
  const lines: string[] = [];
  const seqs = entries.map(({ min_seq, run, event }) => {
    if (min_seq > last + 1) {
      lines.push(toLine(gap(last + 1, min_seq - 1, at)));
      last = min_seq - 1;
    }
    last += 1;
    lines.push(toLine({ seq: last, at, run, event }));
    return last;
  });
  return { lines: lines.join(''), seqs };
}
