import type { LoggedEvent } from '../contract/workflow/stream-events.ts';

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
