import type { Command } from 'commander';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { untilEnded } from '../follow.ts';
import { toJson } from '../output/sanitize.ts';
import { outcome } from '../output/job.ts';
import { print, say, stdoutGone } from '../output/streams.ts';
import { createReconnect } from '../reconnect.ts';
import { addSubmitOptions, readSubmission, type SubmitOptions } from '../submission.ts';
import { onServer, type CommandCall } from '../command.ts';

/** `agenticore submit`: submits a job and prints its id; with --wait also its result. */
export function registerSubmit(program: Command): void {
  const command = addSubmitOptions(program.command('submit').description('Submit a job and print its id'));
  onServer(command.option('-w, --wait', 'wait until the job has ended, and print its result'), submit);
}

async function submit({ client, json, args, options }: CommandCall<SubmitOptions & { wait?: boolean }>): Promise<void> {
  const job = await client.submit(await readSubmission(args[0] ?? '', options), options.idempotencyKey);
  await submitted({ client, json }, job, options.wait ?? false);
}

/** Prints the id of a job that has just been submitted; with `wait` also its result when it has ended. */
export async function submitted(
  { client, json }: Pick<CommandCall, 'client' | 'json'>,
  job: JobRecord,
  wait: boolean,
): Promise<void> {
  if (!json) print(job.id);
  if (!wait) return json ? print(toJson({ success: true, job })) : undefined;
  const reconnect = createReconnect({ url: client.url, tell: say });
  const ended = await untilEnded({ client, id: job.id, reconnect, signal: stdoutGone });
  if (ended === undefined) return;
  print(json ? toJson({ success: true, job: ended }) : outcome(ended));
  if (ended.status !== 'succeeded') process.exitCode = 1;
}
