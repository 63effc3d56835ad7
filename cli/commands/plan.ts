import type { Command } from 'commander';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import type { PlanRecord } from '../../contract/http/plan.ts';
import { catchInterrupt, INTERRUPTED } from '../interrupt.ts';
import { toJson } from '../output/sanitize.ts';
import { planText } from '../output/format.ts';
import { createProgress } from '../output/progress.ts';
import { print, say, stdoutGone } from '../output/streams.ts';
import { addTaskOptions, readSubmission, type SubmitOptions } from '../submission.ts';
import { onServer, type CommandCall } from '../command.ts';
import { watch } from '../watch.ts';

/** `agenticore plan`: makes a plan and prints its id; with --wait the plan itself. */
export function registerPlan(program: Command): void {
  const command = program
    .command('plan')
    .description('Make a plan with a read-only agent, and print its id')
    .argument('<task>', 'the task to plan; - reads it from stdin');
  addTaskOptions(command)
    .option('--idempotency-key <key>', 'repeating the command with the same key and task returns the same plan')
    .option('-w, --wait', 'watch the agent, and print the plan when it is ready; Ctrl-C only stops watching');
  onServer(command, plan);
}

async function plan({ client, json, args, options }: CommandCall<SubmitOptions & { wait?: boolean }>): Promise<void> {
  const body = await readSubmission(args[0] ?? '', options);
  const requested = await client.plan(body, options.idempotencyKey);
  if (!options.wait) return print(json ? reply(requested) : requested.id);
  say(`plan ${requested.id}`);
  const { signal, release } = catchInterrupt();
  try {
    const ended = await watch({
      client,
      id: requested.planning_job_id,
      signal,
      show: json ? () => undefined : onStderr(),
    });
    if (ended === undefined) return detach(requested);
    const made = await client.readPlan(requested.id);
    print(json ? reply(made) : planText(made));
    if (made.status !== 'ready') process.exitCode = 1;
  } finally {
    release();
  }
}

/**
 * Progress goes to stderr, since stdout is for the plan alone. Without the agent's text, the last part of which is the
 * plan.
 */
function onStderr(): (logged: LoggedEvent) => void {
  const show = createProgress((text) => void process.stderr.write(text));
  const hidden = new Set(['text', 'text_delta', 'ended']);
  return (logged) => (hidden.has(logged.event.type) ? undefined : show(logged));
}

const reply = (made: PlanRecord): string => toJson({ success: true, plan: made });

function detach({ id }: PlanRecord): void {
  if (stdoutGone.aborted) return;
  process.exitCode = INTERRUPTED;
  say(
    `\nStopped watching. The plan is still being made.\n  see it:     agenticore plans ${id}\n  cancel it:  agenticore cancel ${id}`,
  );
}
