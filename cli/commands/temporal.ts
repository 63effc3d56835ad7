import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Command } from 'commander';
import { CliError } from '../errors.ts';

/** `agenticore temporal …`: the `temporal` command line, for the Temporal that agenticore works with. */
export function registerTemporal(program: Command): void {
  const command = program
    .command('temporal')
    .description(
      "Run Temporal's command line against the Temporal of agenticore, such as: agenticore temporal workflow list",
    )
    .usage('[arguments of temporal]')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .passThroughOptions();
  command.action(() => passThrough(command.args));
}

async function passThrough(args: readonly string[]): Promise<void> {
  const { loadConfig } = await import('../../config/index.ts');
  const { temporalCommand } = await import('../../temporal-config/command.ts');
  const { file, env } = await temporalCommand(loadConfig());
  const child = spawn(file, args, { env, stdio: 'inherit' });
  // Ctrl-C reaches the child directly, and the child decides what it means.
  const leave = (): void => undefined;
  const pass = (): void => void child.kill('SIGTERM');
  process.on('SIGINT', leave).on('SIGTERM', pass);
  try {
    process.exitCode = await exitCodeOf(child);
  } finally {
    process.off('SIGINT', leave).off('SIGTERM', pass);
  }
}

const exitCodeOf = (child: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new CliError(`The temporal program cannot be started: ${error.code ?? error.message}.`, {
          code: 'engine_missing',
          hint: 'Correct AGENTICORE_TEMPORAL_BINARY.',
        }),
      ),
    );
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
