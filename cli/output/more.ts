import { oneLine } from './sanitize.ts';
import { say } from './streams.ts';

/** Says how to see the next page, if there is one. A cursor holds for the filters of its page alone. */
export function sayMore(nextCursor: string | null): void {
  if (nextCursor !== null) say(`There are more: the same command with --cursor ${oneLine(nextCursor)}`);
}
