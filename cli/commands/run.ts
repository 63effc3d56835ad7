import { Option, type Command } from 'commander';
import type { JobRecord } from '../../contract/job.ts';
import { CliError } from '../errors.ts';
import { followEvents, untilEnded } from '../follow.ts';
import { catchInterrupt, INTERRUPTED } from '../interrupt.ts';
import { oneLine, toJson } from '../output/clean.ts';
import { colors } from '../output/colors.ts';
import { outcome } from '../output/job.ts';
import { createProgress } from '../output/progress.ts';
import { print, say, stdoutGone, write } from '../output/streams.ts';
import { createPatience } from '../patience.ts';
import { addSubmitOptions, readSubmission, type SubmitOptions } from '../submission.ts';
import { onServer, type Verb } from '../verb.ts';

/** `agenticore run`: submits a job, shows it at work, and ends with what it came to. */
export function registerRun(program: Command): void {
  const command = addSubmitOptions(
    program.command('run').description('Submit a job and watch it to its end; Ctrl-C leaves it running'),
  );
  // It waits anyway; the option is there for who is used to it.
  command.addOption(new Option('-w, --wait').hideHelp());
  onServer(command, run);
}

async function run({ client, json, args, options }: Verb<SubmitOptions>): Promise<void> {
  const body = await readSubmission(args[0] ?? '', options);
  const { signal, release } = catchInterrupt();
  try {
    const job = await client.submit(body, options.idempotencyKey, signal);
    print(json ? toJson({ type: 'submitted', job }) : announcement(job));
    const ended = await watch({ client, json, id: job.id, signal });
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

/** Shows the job's events; answers its record when it has ended, undefined when `signal` aborts. */
async function watch({
  client,
  json,
  id,
  signal,
}: Pick<Verb, 'client' | 'json'> & { id: string; signal: AbortSignal }): Promise<JobRecord | undefined> {
  const following = { client, id, signal, patience: createPatience({ url: client.url, tell: say }) };
  const show = createProgress(write);
  try {
    for await (const logged of followEvents(following, 0)) {
      if (json) print(toJson(logged));
      else if (logged.event.type !== 'ended') show(logged);
    }
  } catch (error) {
    // The job is well; only this server cannot show its events.
    if (!(error instanceof CliError) || error.code !== 'events_on_other_host') throw error;
    say(`${oneLine(error.message)}; waiting for its end.`);
  }
  return untilEnded(following);
}

const announcement = (job: JobRecord): string =>
  [`${colors.bold('job')} ${job.id}`, ...(job.ui_url === null ? [] : [colors.dim(`  ${oneLine(job.ui_url)}`)])].join(
    '\n',
  );

function detach(id?: string): void {
  if (stdoutGone.aborted) return;
  process.exitCode = INTERRUPTED;
  if (id === undefined)
    return say('\nInterrupted before the server had answered; `agenticore jobs` shows whether it took the job.');
  say(`
detached; the job goes on
  follow it:  agenticore logs ${id} -f
  cancel it:  agenticore cancel ${id}
         or:  agenticore temporal workflow cancel --workflow-id ${id}`);
}
