import type { Command } from 'commander';
import type { LoggedEvent } from '../../contract/shared/events.ts';
import type { PlanRecord } from '../../contract/http/plan.ts';
import { catchInterrupt, INTERRUPTED } from '../interrupt.ts';
import { toJson } from '../output/sanitize.ts';
import { planText } from '../output/plan.ts';
import { createProgress } from '../output/progress.ts';
import { print, say, stdoutGone } from '../output/streams.ts';
import { addTaskOptions, readSubmission, type SubmitOptions } from '../submission.ts';
import { onServer, type Verb } from '../command.ts';
import { watch } from '../watch.ts';

/** `agenticore plan`: has a plan made and prints its id; with --wait the plan itself. */
export function registerPlan(program: Command): void {
  const command = program
    .command('plan')
    .description('Have an agent that can only read make a plan, and print its id')
    .argument('<task>', 'what is to be planned; - reads it from stdin');
  addTaskOptions(command)
    .option('--idempotency-key <key>', 'the same key and task again answer the same plan')
    .option('-w, --wait', 'watch it being made, and print the plan; Ctrl-C leaves it going on');
  onServer(command, plan);
}

async function plan({ client, json, args, options }: Verb<SubmitOptions & { wait?: boolean }>): Promise<void> {
  const body = await readSubmission(args[0] ?? '', options);
  const asked = await client.plan(body, options.idempotencyKey);
  if (!options.wait) return print(json ? reply(asked) : asked.id);
  say(`plan ${asked.id}`);
  const { signal, release } = catchInterrupt();
  try {
    const ended = await watch({ client, id: asked.planning_job_id, signal, show: json ? () => undefined : onStderr() });
    if (ended === undefined) return detach(asked);
    const made = await client.readPlan(asked.id);
    print(json ? reply(made) : planText(made));
    if (made.status !== 'ready') process.exitCode = 1;
  } finally {
    release();
  }
}

/** Stdout is for the plan alone: what the agent does is told on stderr, without its words, the last of which are the plan. */
function onStderr(): (logged: LoggedEvent) => void {
  const show = createProgress((text) => void process.stderr.write(text));
  const untold = new Set(['text', 'text_delta', 'ended']);
  return (logged) => (untold.has(logged.event.type) ? undefined : show(logged));
}

const reply = (made: PlanRecord): string => toJson({ success: true, plan: made });

function detach({ id }: PlanRecord): void {
  if (stdoutGone.aborted) return;
  process.exitCode = INTERRUPTED;
  say(
    `\ndetached; the plan is still being made\n  see it:     agenticore plans ${id}\n  cancel it:  agenticore cancel ${id}`,
  );
}
