import type { Command } from 'commander';
import { findJobId } from '../job-id.ts';
import { toJson } from '../output/sanitize.ts';
import { details } from '../output/job.ts';
import { print } from '../output/streams.ts';
import { onServer, type CommandCall } from '../command.ts';

/** `agenticore job`: all about one job. */
export function registerJob(program: Command): void {
  onServer(
    program
      .command('job')
      .description('Show all about a job')
      .argument('<id>', 'id of the job, or its first characters'),
    show,
  );
}

async function show({ client, json, args }: CommandCall): Promise<void> {
  const job = await client.job(await findJobId(client, args[0] ?? ''));
  print(json ? toJson({ success: true, job }) : details(job));
}
