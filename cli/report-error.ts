import { CommanderError } from 'commander';
import { CliError } from './errors.ts';
import { clean, oneLine } from './output/sanitize.ts';
import { say } from './output/streams.ts';

/** Tells a person what went wrong, without a stack, and answers the exit code. */
export function report(error: unknown): number {
  // Commander has told it already; its own exit code for a wrong command line is 1.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CliError) {
    say(`error: ${oneLine(error.message)}`);
    if (error.hint !== undefined) say(oneLine(error.hint));
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  // A failure of ours is written for people, line by line; of anything else the first line is enough.
  const isOurs = error instanceof Error && error.name === 'Failure';
  say(`error: ${isOurs ? clean(message) : oneLine(message.split('\n', 1)[0] ?? '')}`);
  return 2;
}
