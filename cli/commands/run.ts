import { Option, type Command } from 'commander';
import { addSubmitOptions, readSubmission, type SubmitOptions } from '../submission.ts';
import { onServer, type Verb } from '../command.ts';
import { watchJob } from '../watch-job.ts';

/** `agenticore run`: submits a job, shows it at work, and ends with what it came to. */
export function registerRun(program: Command): void {
  const command = addSubmitOptions(
    program.command('run').description('Submit a job and watch it to its end; Ctrl-C leaves it running'),
  );
  // It waits anyway; the option is there for who is used to it.
  command.addOption(new Option('-w, --wait').hideHelp());
  onServer(command, run);
}

async function run({ args, options, ...verb }: Verb<SubmitOptions>): Promise<void> {
  const body = await readSubmission(args[0] ?? '', options);
  await watchJob(verb, (signal) => verb.client.submit(body, options.idempotencyKey, signal));
}
