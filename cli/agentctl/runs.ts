import type { Command } from 'commander';
import { TransitionBody } from '../../contract/http/run.ts';
import { positiveNumber } from '../command.ts';
import { TIMED_OUT, waitForRun } from '../wait-run.ts';
import { sessionPath } from './sessions.ts';
import { requestVerb, verb } from './verb.ts';

interface RunOptions {
  runId: string;
}

/** `agentctl run`. */
export function registerRunVerbs(program: Command): void {
  const runs = program.command('run').description('Follow, cancel and diagnose runs');
  requestVerb<RunOptions>(withRun(runs.command('get').description('Print a run')), ({ runId }) => ({
    path: runPath(runId),
  }));
  requestVerb<{ sessionId: string }>(
    runs.command('list').description('List the runs of a session').requiredOption('--session-id <id>', 'the session'),
    ({ sessionId }) => ({ path: sessionPath(sessionId, 'runs') }),
  );
  registerWait(runs.command('wait'));
  requestVerb<RunOptions>(withRun(runs.command('cancel').description('Cancel a run')), ({ runId }) => ({
    method: 'POST',
    path: runPath(runId, 'cancel'),
    body: {},
  }));
  requestVerb<RunOptions & { toStatus: string }>(
    withRun(runs.command('transition').description('Move a run to another status')).requiredOption(
      '--to-status <status>',
      TransitionBody.shape.to_status.options.join(' or '),
    ),
    ({ runId, toStatus }) => ({ method: 'POST', path: runPath(runId, 'transition'), body: { to_status: toStatus } }),
  );
  requestVerb<RunOptions>(
    withRun(runs.command('diagnose').description('Print what a run waits for, and who has it')),
    ({ runId }) => ({ path: runPath(runId, 'diagnose') }),
  );
}

/** Makes `command` wait for a run; the exit code tells how it ended. */
export function registerWait(command: Command): void {
  withRun(
    command.description('Wait until a run has ended: exit 0 where it succeeded, 1 where not, 124 in time'),
  ).option('--timeout-s <seconds>', 'how long to wait (default: until it has ended)', positiveNumber);
  verb<RunOptions & { timeoutS?: number }>(command, async ({ http, show, options: { runId, timeoutS } }) => {
    const reply = await waitForRun(http, runId, timeoutS);
    if (reply === undefined) return;
    show(reply);
    if (reply.timed_out) process.exitCode ??= TIMED_OUT;
    else if (reply.run.status !== 'succeeded') process.exitCode ??= 1;
  });
}

const withRun = (command: Command): Command => command.requiredOption('--run-id <id>', 'the run');

/** The path of a run, or of what is below it. */
export const runPath = (id: string, below = ''): string =>
  `/runs/${encodeURIComponent(id)}${below === '' ? '' : `/${below}`}`;
