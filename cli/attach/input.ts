import type { BusyMode } from '../../contract/workflow/session-state.ts';

/** What a line that a person has typed asks for. */
export type Input =
  | { what: 'message'; text: string; mode: BusyMode }
  | { what: 'approve' }
  | { what: 'deny'; reason: string }
  | { what: 'help' }
  | { what: 'leave' }
  | { what: 'nothing' };

/** What answers a tool call that waits: a key, or a line of its own. */
export const ANSWERS: ReadonlyMap<string, { decision: 'allow' | 'deny'; remember: boolean }> = new Map([
  ['y', { decision: 'allow', remember: false }],
  ['n', { decision: 'deny', remember: false }],
  ['a', { decision: 'allow', remember: true }],
]);

/** What `/help` says. */
export const HELP = `  Enter          sends the line; while the agent works it waits for its turn
  /steer TEXT    interrupts the agent and goes first
  y  n  a        allows or denies the tool call that waits, or allows the tool for the rest of the session
  /approve       allows it, too
  /deny REASON   denies it and tells the agent why
  Ctrl-C         interrupts the run
  Ctrl-D, /quit  leaves; the session goes on
  a line that ends in \\ goes on in the next one
`;

/** Reads a line; what begins with a slash and is no command is a message. */
export function parseInput(line: string): Input {
  const text = line.trim();
  const [, command = '', rest = ''] = /^\/(\w+)(?:\s+([^]*))?$/.exec(text) ?? [];
  if (text === '') return { what: 'nothing' };
  if (command === 'help') return { what: 'help' };
  if (command === 'quit') return { what: 'leave' };
  if (command === 'approve' && !rest.includes(' ')) return { what: 'approve' };
  if (command === 'deny') return { what: 'deny', reason: rest };
  if (command === 'steer' && rest !== '') return { what: 'message', text: rest, mode: 'steer' };
  return { what: 'message', text, mode: 'queue' };
}
