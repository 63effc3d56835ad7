import type { LoggedEvent } from '../contract/workflow/stream-events.ts';

/** One event as one line, with its newline. `seq` comes first, so that a reader can find its place without parsing. */
export const toLine = ({ seq, at, run, event }: LoggedEvent): string => `${JSON.stringify({ seq, at, run, event })}\n`;

/** Number of a line, null when it is none of ours. Looks at its first bytes only. */
export function seqOf(line: Buffer): number | null {
  const match = /^\{"seq":(\d+),/.exec(line.toString('latin1', 0, 32));
  return match ? Number(match[1]) : null;
}

/**
 * The event on a line, null when the line is damaged. Types of events are not checked: a newer writer may know more.
 */
export function fromLine(line: Buffer | string): LoggedEvent | null {
  try {
    const value: unknown = JSON.parse(line.toString());
    return isLogged(value) ? value : null;
  } catch {
    return null;
  }
}

function isLogged(value: unknown): value is LoggedEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { seq, at, run, event } = value as Partial<Record<keyof LoggedEvent, unknown>>;
  return (
    typeof seq === 'number' &&
    typeof at === 'string' &&
    (typeof run === 'number' || run === null) &&
    typeof event === 'object' &&
    event !== null &&
    'type' in event
  );
}
