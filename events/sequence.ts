import type { LoggedEvent } from '../contract/workflow/stream-events.ts';
import type { Entry } from './append-queue.ts';
import { toLine } from './json-line.ts';

/** The event that stands for the lost numbers `from`..`to`. */
export const gap = (from: number, to: number, at: string): LoggedEvent => ({
  seq: to,
  at,
  run: null,
  event: { type: 'gap', from, to },
});

/** A gap as a reader at `cursor` sees it: only what is after the cursor. Other events pass unchanged. */
export function gapAfter(cursor: number, logged: LoggedEvent): LoggedEvent {
  const { seq, at, event } = logged;
  return event.type === 'gap' ? gap(Math.max(event.from, cursor + 1), seq, at) : logged;
}

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
