import type { Command } from 'commander';
import { timeLimit } from '../../contract/shared/timeout-signal.ts';
import { untilEnded } from '../follow.ts';
import { findJobId } from '../job-id.ts';
import { toJson } from '../output/sanitize.ts';
import { statusWord } from '../output/job.ts';
import { print, say } from '../output/streams.ts';
import { createReconnect } from '../reconnect.ts';
import { onServer, type CommandCall } from '../command.ts';

/** How long a job may take to end (milliseconds). */
const WAIT_MS = 15_000;

/** `agenticore cancel`: cancels a job and waits until it has ended, at most 15 s. */
export function registerCancel(program: Command): void {
  onServer(
    program.command('cancel').description('Cancel a job').argument('<id>', 'id of the job, or its first characters'),
    cancel,
  );
}

async function cancel({ client, json, args }: CommandCall): Promise<void> {
  const id = await findJobId(client, args[0] ?? '');
  const asked = await client.cancel(id);
  if (asked.ended_at === null) say(`${id} ${asked.status}`);
  const reconnect = createReconnect({ url: client.url, tell: say });
  const ended =
    asked.ended_at === null ? await untilEnded({ client, id, reconnect, signal: timeLimit(WAIT_MS) }) : asked;
  const job = ended ?? (await client.job(id));
  print(json ? toJson({ success: true, job }) : `${id} ${statusWord(job.status)}`);
  if (job.ended_at === null)
    say(`The job has not ended after ${WAIT_MS / 1_000} s. Check it later: agenticore job ${id}`);
  if (job.status !== 'cancelled') process.exitCode = 1;
}
