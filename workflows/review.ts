import { ApplicationFailure, uuid4 } from '@temporalio/workflow';
import type { FailedCommand, Verify } from '../contract/workflow/checks.ts';
import { fixWork, type Prepared } from './agent-turn.ts';
import { commandFailure, describeCommand, describeFailure, runCommands } from './commands.ts';
import { commitWork } from './delivery.ts';
import type { JobOnHost, RemoteState, Review } from './job-context.ts';

/**
 * Commits what the agent left and runs `verify` on it, until there is nothing that the agent is to mend. Answers the
 * commit to deliver; null where there is none. Fails as the commit does, or `verify_failed`, with the work kept.
 */
export async function reviewWork(
  on: JobOnHost,
  remote: RemoteState | undefined,
  prepared: Prepared,
): Promise<string | null> {
  for (;;) {
    await fixWork(on, remote, prepared);
    const sha = await commit(on, remote, prepared);
    if (sha !== undefined && (await isGood(on, remote, sha, prepared.profile.verify))) return sha;
  }
}

/** Null where there is nothing to deliver, undefined where the agent is to mend it first. */
async function commit(
  on: JobOnHost,
  remote: RemoteState | undefined,
  { profile: { deliver, verify } }: Prepared,
): Promise<string | null | undefined> {
  const { job } = on;
  if (deliver === 'none' && verify === undefined) return null;
  job.progress.enter('committing');
  if (remote === undefined) return null;
  const { sha, problem } = await commitWork(on, remote);
  if (problem === undefined) return sha;
  if (job.done.review.fixed === 'commit') {
    const told = `The agent was told, and did not mend it: ${problem.message}`;
    throw ApplicationFailure.nonRetryable(told, problem.code);
  }
  achieve(on, { fix: { id: uuid4(), by: 'commit', text: problem.message } });
  return undefined;
}

/** Whether the work is as good as it gets; else what the agent is to mend stands in `review.fix`. */
async function isGood(
  on: JobOnHost,
  remote: RemoteState | undefined,
  sha: string | null,
  verify: Verify | undefined,
): Promise<boolean> {
  const { review } = on.job.done;
  // Where there is a repository and no commit, the agent changed nothing.
  if (verify === undefined || review.verdict !== undefined || (remote !== undefined && sha === null)) return true;
  on.job.progress.enter('verifying');
  const { round } = review;
  const failed = review.failed ?? (await runVerify(on, verify));
  if (remote !== undefined && sha !== null) await discardWritten(on, remote, sha);
  if (failed === undefined) achieve(on, { verdict: null });
  else if (round > verify.max_fixes) giveUp(on, verify, failed);
  else {
    const { review } = on.job.done;
    const fix = { id: uuid4(), by: 'verify', text: requestOf(failed) } as const;
    on.job.achieve({ review: { checks: review.checks, round: round + 1, fix } });
  }
  return on.job.done.review.fix === undefined;
}

const runVerify = (on: JobOnHost, verify: Verify): Promise<FailedCommand | undefined> => {
  const { round, checks } = on.job.done.review;
  return runCommands(on, {
    ...{ phase: 'verify', round, commands: verify, known: checks },
    record: (checks, failed) => achieve(on, { checks, ...(failed !== undefined && { failed }) }),
  });
};

/** Discards what the commands wrote: the agent did not make it. */
async function discardWritten(
  { job, at, steps }: JobOnHost,
  { repo_url, base }: RemoteState,
  sha: string,
): Promise<void> {
  const { warnings } = await steps.restoreWork({ ...at, repo_url, base, sha });
  job.progress.warn(warnings);
}

/** Fails the job, or lets its work be delivered as it is. */
function giveUp(on: JobOnHost, { on_failure }: Verify, failed: FailedCommand): void {
  if (on_failure === 'fail') throw commandFailure('verify_failed', failed);
  const verdict = describeFailure(failed);
  achieve(on, { verdict });
  on.job.progress.warn([`The work was delivered although ${describeCommand(failed)} (verify).`]);
  on.job.progress.show({ verdict });
}

/** What the agent is told of a command that did not pass. */
const requestOf = ({ output, ...failed }: FailedCommand): string =>
  `Your work was checked, and ${describeCommand(failed)}.

<command>
${failed.command}
</command>

<output>
${output.trim()}
</output>

The output is cut to its end. Find the cause and fix it in the work; do not weaken the check. What the command itself wrote has been removed again. When you are done, sum up all of your work, as for somebody who has not read what you said before.`;

function achieve({ job, seat }: JobOnHost, more: Partial<Review>): void {
  job.achieve({ review: { ...job.done.review, ...more } });
  job.showChecks(seat.disk);
}
