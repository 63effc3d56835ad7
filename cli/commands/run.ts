import { Option, type Command } from 'commander';
import { addSubmitOptions, readSubmission, type SubmitOptions } from '../submission.ts';
import { onServer, type CommandCall } from '../command.ts';
import { watchJob } from '../watch-job.ts';

/** `agenticore run`: submits a job, shows its progress, and ends with its result. */
export function registerRun(program: Command): void {
  const command = addSubmitOptions(
    program.command('run').description('Submit a job and watch it until it has ended; Ctrl-C only stops watching'),
  );
  // `run` always waits; the option is accepted because `submit` has it.
  command.addOption(new Option('-w, --wait').hideHelp());
  onServer(command, run);
}

async function run({ args, options, ...call }: CommandCall<SubmitOptions>): Promise<void> {
  const body = await readSubmission(args[0] ?? '', options);
  await watchJob(call, (signal) => call.client.submit(body, options.idempotencyKey, signal));
}
