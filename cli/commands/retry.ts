import { Option, type Command } from 'commander';
import { RetryRequest } from '../../contract/http/job-request.ts';
import { findJobId } from '../job-id.ts';
import { onServer, type CommandCall } from '../command.ts';
import { watchJob } from '../watch-job.ts';

interface RetryOptions {
  from?: 'delivery' | 'session' | 'start';
}

/** `agenticore retry`: retries a failed job and watches it until it has ended. */
export function registerRetry(program: Command): void {
  const places = RetryRequest.shape.from.unwrap().options;
  const command = program
    .command('retry')
    .description('Retry a failed job from where it stopped, and watch it; Ctrl-C only stops watching')
    .argument('<id>', 'id of the job, or its first characters')
    .addOption(new Option('--from <place>', 'where to start (default: the latest that is possible)').choices(places));
  onServer(command, retry);
}

async function retry({ args, options, ...call }: CommandCall<RetryOptions>): Promise<void> {
  const id = await findJobId(call.client, args[0] ?? '');
  await watchJob(call, (signal) => call.client.retry(id, options, signal));
}
