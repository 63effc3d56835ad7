import type { LoggedEvent } from '../contract/workflow/stream-events.ts';
import type { JobRecord } from '../contract/http/job-record.ts';
import { catchInterrupt, INTERRUPTED } from './interrupt.ts';
import { oneLine, toJson } from './output/sanitize.ts';
import { colors } from './output/format.ts';
import { outcome } from './output/job.ts';
import { createProgress } from './output/progress.ts';
import { print, say, stdoutGone, write } from './output/streams.ts';
import type { CommandCall } from './command.ts';
import { watch } from './watch.ts';

/**
 * Starts a job by `start`, shows its progress, and ends with its result; exit code 1 where it did not succeed. Ctrl-C
 * stops watching, and the job continues.
 */
export async function watchJob(
  { client, json }: Pick<CommandCall, 'client' | 'json'>,
  start: (signal: AbortSignal) => Promise<JobRecord>,
): Promise<void> {
  const { signal, release } = catchInterrupt();
  try {
    const job = await start(signal);
    print(json ? toJson({ type: 'submitted', job }) : announcement(job));
    const ended = await watch({ client, id: job.id, signal, show: json ? showJson : showJob() });
    if (ended === undefined) return detach(job.id);
    print(json ? toJson({ type: 'job', job: ended }) : outcome(ended));
    if (ended.status !== 'succeeded') process.exitCode = 1;
  } catch (error) {
    if (!signal.aborted) throw error;
    detach();
  } finally {
    release();
  }
}

const showJson = (logged: LoggedEvent): void => print(toJson(logged));

function showJob(): (logged: LoggedEvent) => void {
  const show = createProgress(write);
  return (logged) => (logged.event.type === 'ended' ? undefined : show(logged));
}

function announcement({ id, retry_of, retry_from, ui_url }: JobRecord): string {
  const retry = retry_of === null ? [] : [`  retries job ${oneLine(retry_of)} from its ${oneLine(retry_from ?? '')}`];
  const ui = ui_url === null ? [] : [`  ${oneLine(ui_url)}`];
  return [`${colors.bold('job')} ${id}`, ...[...retry, ...ui].map((line) => colors.dim(line))].join('\n');
}

function detach(id?: string): void {
  if (stdoutGone.aborted) return;
  process.exitCode = INTERRUPTED;
  if (id === undefined)
    return say('\nInterrupted before the server answered. Check whether it accepted the job: agenticore jobs');
  say(`
Stopped watching. The job continues.
  follow it:  agenticore logs ${id} -f
  cancel it:  agenticore cancel ${id}
         or:  agenticore temporal workflow cancel --workflow-id ${id}`);
}
