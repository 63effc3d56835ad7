import { defined } from '../contract/shared/defined.ts';
import type { AgentAnswer, AgentStep, PreparedWork, ProfileFacts } from '../contract/workflow/steps.ts';
import { FIRST_REVIEW, type JobOnHost, type RemoteState } from './job-context.ts';
import { waitsOnSeat } from './rate-limit-pause.ts';

/** What a turn of the agent needs of the host. */
export type Prepared = Pick<PreparedWork, 'worktree'> & { profile: ProfileFacts };

/** Runs the agent, unless what it left is in this worktree already. */
export async function firstTurn(on: JobOnHost, remote: RemoteState | undefined, prepared: Prepared): Promise<void> {
  const { job, seat } = on;
  const { worktree } = prepared;
  const { answer } = job.done;
  if (answer !== undefined && worktree.reused && (answer.disk ?? seat.disk) === seat.disk) return;
  const { retry } = job.spec;
  const goesOn = retry?.from === 'session' && (worktree.reused || !retry.worktree);
  const { result, spent, resumed, warnings } = await turn(on, remote, prepared, { go_on: goesOn });
  job.achieve({ answer: { output: result.text, disk: seat.disk }, commit: undefined, review: FIRST_REVIEW });
  job.noteChecks(seat.disk);
  const retry_from = retry === undefined || (goesOn && resumed) ? undefined : 'start';
  const { session_id, num_turns } = result;
  job.progress.warn(warnings);
  job.progress.note({ session_id, num_turns, resumed, ...defined({ retry_from }) });
  job.progress.spend(spent);
}

/** Gives the agent one more turn in its session, to mend what stands in `review.fix`. */
export async function fixWork(on: JobOnHost, remote: RemoteState | undefined, prepared: Prepared): Promise<void> {
  const { job, seat } = on;
  const { fix, ...review } = job.done.review;
  if (fix === undefined) return;
  const { by, ...told } = fix;
  const { result, spent, warnings } = await turn(on, remote, prepared, { go_on: false, fix: told });
  const answer = { output: result.text, disk: seat.disk };
  job.achieve({ answer, commit: undefined, review: { ...review, fixed: by } });
  const { session_id, num_turns } = result;
  job.progress.warn(warnings);
  job.progress.note({ session_id, num_turns: (job.progress.now.num_turns ?? 0) + num_turns });
  job.progress.spend(spent);
}

function turn(
  on: JobOnHost,
  remote: RemoteState | undefined,
  { profile: { timeout_s } }: Prepared,
  how: Pick<AgentStep, 'go_on' | 'fix'>,
): Promise<AgentAnswer> {
  const { job, seat, at, steps } = on;
  job.progress.enter('running_agent');
  return steps.agent(timeout_s, waitsOnSeat(on)).runAgent({
    ...at,
    request: job.spec,
    plan: job.plan,
    base_ref: remote?.base.ref ?? null,
    attempt: seat.attempt,
    timeout_s,
    ...how,
  });
}
