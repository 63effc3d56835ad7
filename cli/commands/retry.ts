import { Option, type Command } from 'commander';
import { RetryRequest } from '../../contract/http/job-request.ts';
import { findJobId } from '../job-id.ts';
import { onServer, type Verb } from '../command.ts';
import { watchJob } from '../watch-job.ts';

interface RetryOptions {
  from?: 'delivery' | 'session' | 'start';
}

/** `agenticore retry`: tries a job that failed again and watches it to its end. */
export function registerRetry(program: Command): void {
  const places = RetryRequest.shape.from.unwrap().options;
  const command = program
    .command('retry')
    .description('Try a job that failed again, from what it left, and watch it; Ctrl-C leaves it running')
    .argument('<id>', 'its id, or the beginning of it')
    .addOption(
      new Option('--from <place>', 'where to begin (default: the furthest of these that is possible)').choices(places),
    );
  onServer(command, retry);
}

async function retry({ args, options, ...verb }: Verb<RetryOptions>): Promise<void> {
  const id = await findJobId(verb.client, args[0] ?? '');
  await watchJob(verb, (signal) => verb.client.retry(id, options, signal));
}
