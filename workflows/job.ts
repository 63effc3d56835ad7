import { ApplicationFailure, CancellationScope, getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import type { JobResult } from '../contract/workflow/job-progress.ts';
import type { JobInput, JobSpec } from '../contract/workflow/job-spec.ts';
import type { LeftWorktree } from '../contract/workflow/steps.ts';
import { WORKTREE_USED, type WorktreeUse } from '../contract/workflow/worktree-state.ts';
import { diskSteps } from './activity-options.ts';
import { commitWork } from './delivery.ts';
import { throwBug, warnOf } from './errors.ts';
import { Job, onSeat, type JobOnHost } from './job-context.ts';
import { describeEnd, type End } from './job-failure.ts';
import { runSteps } from './job-steps.ts';
import { explained } from './web-ui-details.ts';
import { pauseForLimit } from './rate-limit-pause.ts';
import { thenLeave, withSeat } from './seat.ts';
import type { SeatRequest } from './seat-request.ts';

/** A task on a repository, from its first seat to its pull request. */
export async function job(input: JobInput): Promise<JobResult> {
  const run = new Job(input);
  try {
    await withSeat(seatRequest(run), (seat) => onHost(onSeat(run, seat)));
    const { answer, transcript = null } = run.done;
    const result = { output: answer?.output ?? '', transcript };
    run.progress.end('succeeded', { output: result.output });
    return result;
  } catch (error) {
    const end = describeEnd(error);
    if (end.status === 'cancelled') await dropWaiting(run);
    const { answer } = run.done;
    run.progress.end(end.status, { error: { code: end.code, message: end.message }, output: answer?.output });
    if (end.status === 'cancelled') throw error;
    const details = answer === undefined ? [] : [{ output: answer.output }];
    throw ApplicationFailure.create({ message: explained(end), type: end.code, nonRetryable: true, details });
  }
}

function seatRequest({ input, progress }: Job): SeatRequest {
  const { spec, owner, seat_timeout_s, ttl_s } = input;
  const { priority, session, worktree, retry } = spec;
  const disk = session?.disk ?? worktree?.disk ?? retry?.disk;
  return { owner, seat_timeout_s, ttl_s, priority, disk, ended: ({ spent }) => progress.settle(spent) };
}

/** All steps on one host; whatever their end, the host is left clean and its seat is given back. */
const onHost = (on: JobOnHost): Promise<void> =>
  thenLeave(
    on.seat,
    () => runSteps(on),
    async (thrown) => {
      const pause = await pauseForLimit(on, thrown);
      if (pause !== undefined) throw pause;
      await leaveHost(on, thrown === undefined ? undefined : describeEnd(thrown));
    },
  );

/** Ends what still runs, keeps the transcript, removes the worktree (unless it is to stay) and gives the seat back. */
async function leaveHost(on: JobOnHost, end: End | undefined): Promise<void> {
  const { job, seat, at, steps } = on;
  try {
    const keep = await keepsWorktree(on, end);
    const how = end === undefined ? {} : { code: end.code, message: end.message };
    const status = end?.status ?? 'succeeded';
    if (end === undefined) job.progress.note({ stage: 'shipping_transcript' });
    const left = await steps.removeWorktree({ ...at, attempt: seat.attempt, keep, status, ...how });
    job.achieve({ transcript: left.transcript });
    if (at.worktree_id !== undefined) await tellWorktree(at.worktree_id, job, end, left);
    if (!keep && at.worktree_id === undefined) job.progress.note({ worktree_path: null });
  } catch (error) {
    warnOf('could not remove the worktree')(error);
  }
}

/**
 * Whether the job's own worktree stays: it has work that was not delivered, or is that of the job which this one tries
 * again.
 */
async function keepsWorktree(on: JobOnHost, end: End | undefined): Promise<boolean> {
  // A prepared worktree stays in any case, and as it is; a plan leaves nothing.
  if (on.at.worktree_id !== undefined || on.job.plan) return false;
  if (end === undefined) return on.job.done.commit?.keep === true;
  const hasWork = end.status === 'failed' && (await keepWork(on));
  return hasWork || tookOver(on.job.spec);
}

/**
 * Removes what a job has on a disk that was cancelled while it waited for the model; where no host does it now,
 * housekeeping will.
 */
async function dropWaiting({ progress, spec }: Job): Promise<void> {
  const { waiting_until, disk } = progress.now;
  if (waiting_until === null || disk === null || tookOver(spec)) return;
  const worktree_id = workflowInfo().workflowId;
  await CancellationScope.nonCancellable(() => diskSteps(disk).dropWorktree({ worktree_id, force: true })).then(
    () => progress.note({ worktree_path: null }),
    warnOf('could not remove the files of the job'),
  );
}

/**
 * Whether what is in the worktree is, or will be, that of the job that this one tries again: not this one's to drop.
 */
function tookOver({ retry }: JobSpec): boolean {
  return retry !== undefined && retry.from !== 'start' && retry.worktree;
}

/** Whether the agent has not begun here: what setup left is no work. */
const isSettingUp = ({ job, seat }: JobOnHost): boolean => job.done.setups[seat.disk]?.done === false;

/** Whether a failed job left work worth keeping; it is committed, so that it can be delivered later. */
async function keepWork(on: JobOnHost): Promise<boolean> {
  const { job, seat } = on;
  const { repo_url } = job.spec;
  const { remote, commit } = job.done;
  if (job.progress.now.worktree_path === null || isSettingUp(on)) return false;
  if (remote?.attempt !== seat.attempt) {
    // An earlier host left it, and this one did not get to see the repository. What was committed is still to be
    // delivered.
    job.progress.note({ sha: commit?.sha ?? null });
    return repo_url !== undefined && commit?.sha !== null;
  }
  return commitWork(on, remote).then(
    ({ sha, problem }) => sha !== null || problem !== undefined || job.done.commit?.keep === true,
    (error: unknown) => {
      throwBug(error);
      return true;
    },
  );
}

/** Tells the prepared worktree how it was left; one that is gone does not care. */
async function tellWorktree(id: string, { done }: Job, end: End | undefined, left: LeftWorktree): Promise<void> {
  const pushed = end === undefined && done.commit !== undefined ? done.commit.sha !== null : null;
  await getExternalWorkflowHandle(id)
    .signal(WORKTREE_USED, { pushed, size_bytes: left.size_bytes } satisfies WorktreeUse)
    .catch(warnOf('could not signal the job to the worktree'));
}
