import type { Command } from 'commander';
import type { RunRecord } from '../../../contract/http/run.ts';
import { onServer, positiveNumber, type CommandCall } from '../../command.ts';
import { findRunId, findSessionId } from '../../job-id.ts';
import { formatCost, formatDuration, nextStepLine } from '../../output/format.ts';
import { oneLine, sanitize, toJson } from '../../output/sanitize.ts';
import { runDetails, sessionStatusWord } from '../../output/session.ts';
import { print, say } from '../../output/streams.ts';
import { formatFields, printTable } from '../../output/table.ts';
import { TIMED_OUT, waitForRun } from '../../wait-run.ts';

const RUN = ['<run>', 'id of a run, such as 1a2b3c4d.2, or of a session: its last run'] as const;

/** `agenticore session runs`, `run`, `wait`, `cancel` and `diagnose`. */
export function registerRuns(session: Command): void {
  const runs = session.command('runs').description('List the runs of a session, the newest first');
  onServer(runs.argument('<session>', 'id of the session, or its first characters'), listRuns);
  onServer(
    session
      .command('run')
      .description('Show all about a run')
      .argument(...RUN),
    showRun,
  );
  const wait = session
    .command('wait')
    .description('Wait until a run has ended, and print what the agent says')
    .argument(...RUN)
    .option('--timeout-s <seconds>', 'how long to wait (default: until it has ended)', positiveNumber);
  onServer<{ timeoutS?: number }>(wait, async ({ args, options, ...call }) =>
    finish(call, await findRunId(call.client, args[0] ?? ''), options.timeoutS),
  );
  const cancel = session.command('cancel').description('Cancel a run; what was said stays');
  onServer(cancel.argument(...RUN), cancelRun);
  const diagnose = session.command('diagnose').description('Show what a run waits for, and who has it');
  onServer(diagnose.argument(...RUN), diagnoseRun);
}

/** Waits for a run and prints its last words, or all of it with --json; exits 1 where it did not succeed. */
export async function finish(
  { client, json }: Pick<CommandCall, 'client' | 'json'>,
  id: string,
  timeoutS: number | undefined,
): Promise<void> {
  const reply = await waitForRun(client.sessions.http, id, timeoutS);
  if (reply === undefined) return;
  const run = await client.sessions.run(id);
  if (run.status !== 'succeeded') process.exitCode = reply.timed_out ? TIMED_OUT : 1;
  if (json) return print(toJson({ success: true, run, timed_out: reply.timed_out }));
  if (run.output !== null) print(sanitize(run.output).trim());
  if (reply.timed_out) say(`${id} ${run.status}. Wait for it: agenticore session wait ${id}`);
  else if (run.status !== 'succeeded') say(failure(run));
}

const failure = ({ id, status, error, error_code, next_step }: RunRecord): string =>
  [
    `${id} ${sessionStatusWord(status)}${error === null ? '' : `: ${oneLine(error)} (${oneLine(error_code ?? '')})`}`,
    ...(next_step === null ? [] : [nextStepLine(next_step)]),
  ].join('\n');

async function listRuns({ client, json, args }: CommandCall): Promise<void> {
  const id = await findSessionId(client, args[0] ?? '');
  const page = await client.sessions.runs(id);
  if (json) return print(toJson(page));
  if (page.count === 0) return say(`It has had no run yet. Send it a message: agenticore session send ${id} "..."`);
  const rows = page.runs.map((run) => [
    String(run.number),
    run.status,
    run.ended_at === null
      ? '-'
      : formatDuration(Date.parse(run.ended_at) - Date.parse(run.started_at ?? run.created_at)),
    run.cost_usd === null ? '-' : formatCost(run.cost_usd),
    oneLine(run.text),
  ]);
  printTable(['RUN', 'STATUS', 'TOOK', 'COST', 'MESSAGE'], rows);
}

async function showRun({ client, json, args }: CommandCall): Promise<void> {
  const run = await client.sessions.run(await findRunId(client, args[0] ?? ''));
  print(json ? toJson({ success: true, run }) : runDetails(run));
}

async function cancelRun({ client, json, args }: CommandCall): Promise<void> {
  const id = await findRunId(client, args[0] ?? '');
  const run = await client.sessions.cancelRun(id);
  print(json ? toJson({ success: true, run }) : `${id} ${sessionStatusWord(run.status)}`);
}

async function diagnoseRun({ client, json, args }: CommandCall): Promise<void> {
  const reply = await client.sessions.diagnose(await findRunId(client, args[0] ?? ''));
  if (json) return print(toJson(reply));
  const { run, diagnostics: found } = reply;
  const { worker_id, worker_alive, alive_workers, max_concurrency, queue_counts, last_event } = found;
  const fields = formatFields([
    ['issue', found.likely_issue === null ? 'none' : oneLine(found.likely_issue)],
    ['worker', worker_id === null ? 'none yet' : `${oneLine(worker_id)} ${worker_alive ? 'is alive' : 'is lost'}`],
    ['workers', `${alive_workers}, with ${max_concurrency} seats`],
    ['queue', `${queue_counts.running_count} running, ${queue_counts.queued_count} waiting`],
    ['position', found.queue_position === null ? null : String(found.queue_position)],
    ['agent', found.active_pid === null ? null : `process ${found.active_pid}`],
    ['to approve', found.pending_approvals.join('\n')],
    ['last event', last_event === null ? null : `${oneLine(last_event.event_type)} at ${oneLine(last_event.at)}`],
  ]);
  print([`${run.id} ${sessionStatusWord(run.status)}`, ...fields].join('\n'));
}
