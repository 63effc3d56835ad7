import { Command } from 'commander';
import { watchStreams } from './output/streams.ts';
import { reportError } from './report-error.ts';
import { readVersion } from './version.ts';

/** An empty command line. Parsing throws CommanderError where commander would end the process. */
export const createCommandLine = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .version(readVersion(), '-V, --version', 'print the version of this program')
    .exitOverride()
    .configureOutput({ writeOut: (text) => process.stdout.write(text), writeErr: (text) => process.stderr.write(text) })
    .showHelpAfterError(`See: ${name} --help`);

/** Runs a command line to its end; an error is told on stderr and by the exit code. */
export async function runCommandLine(program: Command, args: readonly string[]): Promise<void> {
  watchStreams();
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    process.exitCode = reportError(error);
  }
}
