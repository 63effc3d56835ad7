import { CommanderError } from 'commander';
import { CliError } from './errors.ts';
import { sanitize, oneLine } from './output/sanitize.ts';
import { say } from './output/streams.ts';

/** Prints an error for a person, without a stack, and returns the exit code. */
export function reportError(error: unknown): number {
  // Commander has printed it already. Its own exit code for a wrong command line is 1, ours is 2.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CliError) {
    say(`error: ${oneLine(error.message)}`);
    if (error.hint !== undefined) say(oneLine(error.hint));
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  // Our own failures are written for people and may have several lines; of any other error the first line is enough.
  const isOurs = error instanceof Error && error.name === 'Failure';
  say(`error: ${isOurs ? sanitize(message) : oneLine(message.split('\n', 1)[0] ?? '')}`);
  return 2;
}
