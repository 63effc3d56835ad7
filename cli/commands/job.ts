import type { Command } from 'commander';
import { findJobId } from '../job-id.ts';
import { toJson } from '../output/sanitize.ts';
import { details } from '../output/job.ts';
import { print } from '../output/streams.ts';
import { terminalWidth } from '../output/width.ts';
import { readTimeline } from '../timeline/read-timeline.ts';
import { timelineLines } from '../timeline/timeline-lines.ts';
import { onServer, type CommandCall } from '../command.ts';

/** `agenticore job`: all about one job. */
export function registerJob(program: Command): void {
  onServer(
    program
      .command('job')
      .description('Show all about a job: what it did when, what it cost and what came of it')
      .argument('<id>', 'id of the job, or its first characters'),
    show,
  );
}

async function show({ client, json, args }: CommandCall): Promise<void> {
  const job = await client.job(await findJobId(client, args[0] ?? ''));
  if (json) return print(toJson({ success: true, job }));
  print(details(job, timelineLines(await readTimeline(client, job), terminalWidth())));
}
