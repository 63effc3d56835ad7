import type { Command } from 'commander';
import { findJobId } from '../job-id.ts';
import { toJson } from '../output/sanitize.ts';
import { details } from '../output/job.ts';
import { print } from '../output/streams.ts';
import { onServer, type Verb } from '../command.ts';

/** `agenticore job`: all about one job. */
export function registerJob(program: Command): void {
  onServer(program.command('job').description('Show a job').argument('<id>', 'its id, or the beginning of it'), show);
}

async function show({ client, json, args }: Verb): Promise<void> {
  const job = await client.job(await findJobId(client, args[0] ?? ''));
  print(json ? toJson({ success: true, job }) : details(job));
}
