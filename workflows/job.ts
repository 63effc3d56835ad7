import {
  ApplicationFailure,
  CancellationScope,
  getExternalWorkflowHandle,
  log,
  workflowInfo,
} from '@temporalio/workflow';
import type { JobResult } from '../contract/workflow/job-progress.ts';
import type { JobInput, JobSpec } from '../contract/workflow/job-spec.ts';
import { PLAN_WORKFLOW } from '../contract/workflow/names.ts';
import type { SeatReport } from '../contract/workflow/seat.ts';
import type { LeftWorktree } from '../contract/workflow/steps.ts';
import { WORKTREE_USED, type WorktreeUse } from '../contract/workflow/worktree-state.ts';
import { throwBug } from './bug.ts';
import { begin, placeOf, type HostRun } from './job-context.ts';
import { describeEnd, type End } from './job-failure.ts';
import { pauseForLimit } from './rate-limit-pause.ts';
import { Progress } from './progress.ts';
import { withChoice } from './choose-profile.ts';
import { thenLeave, withSeat } from './seat.ts';
import { commitWork } from './delivery.ts';
import { sequence } from './job-steps.ts';
import { diskSteps, hostSteps } from './activity-options.ts';

/** A task on a repository, from its first seat to its pull request. */
export async function job(input: JobInput): Promise<JobResult> {
  const { request, owner, seat_timeout_s, ttl_s } = input;
  const { priority, session, worktree, retry } = request;
  const plan = workflowInfo().workflowType === PLAN_WORKFLOW;
  const progress = new Progress(input);
  const work = begin(request);
  if (work.sha) progress.note({ sha: work.sha, recorded: work.recorded });
  const disk = session?.disk ?? worktree?.disk ?? retry?.disk;
  try {
    const ended = (report: SeatReport): void => progress.spend(report.spent);
    const result = await withSeat({ owner, seat_timeout_s, ttl_s, priority, disk, ended }, (seat) => {
      const at = { ...placeOf(workflowInfo().workflowId, request), token: seat.token };
      const mine = withChoice(input, work.choice);
      const steps = hostSteps(seat, seat_timeout_s, work.sha ? work.profile?.delivery_timeout_s : undefined);
      return onHost({ input: mine, plan, work, progress, seat, at, steps });
    });
    progress.end('succeeded');
    return result;
  } catch (error) {
    const end = describeEnd(error);
    if (end.status === 'cancelled') await dropWaiting(input, progress);
    progress.end(end.status, { code: end.code, message: end.message });
    if (end.status === 'cancelled') throw error;
    const said = work.output === undefined ? [] : [{ output: work.output }];
    throw ApplicationFailure.create({ message: end.message, type: end.code, nonRetryable: true, details: said });
  }
}

/** The whole sequence on one host; whatever its end, the host is left clean and its seat is given back. */
const onHost = (run: HostRun): Promise<JobResult> =>
  thenLeave(
    run.seat,
    () => sequence(run),
    async (thrown) => {
      const pause = await pauseForLimit(run, thrown);
      if (pause !== undefined) throw pause;
      await leaveHost(run, thrown === undefined ? undefined : describeEnd(thrown));
    },
  );

/** Ends what still runs, removes the worktree (unless it holds work of a failed job) and gives the seat back. */
async function leaveHost(run: HostRun, end: End | undefined): Promise<void> {
  const { seat, steps, at } = run;
  try {
    // A prepared worktree stays in any case, and as it is; a plan leaves nothing.
    const mayKeep = at.worktree_id === undefined && !run.plan;
    const isEarlier = end !== undefined && mayKeep && tookOver(run.input.request);
    const keep = (end?.status === 'failed' && mayKeep && (await keepWork(run))) || isEarlier;
    const said = end === undefined ? {} : { code: end.code, message: end.message };
    const status = end?.status ?? 'succeeded';
    const left = await steps.removeWorktree({ ...at, attempt: seat.attempt, keep, status, ...said });
    if (at.worktree_id !== undefined) await tellWorktree(at.worktree_id, run, end, left);
    if (!keep && at.worktree_id === undefined) run.progress.note({ worktree_path: null });
  } catch (error) {
    throwBug(error);
    log.warn('could not remove the worktree', { error });
  }
}

/**
 * Removes what a job has on a disk that was cancelled while it waited for the model; where no host does it now,
 * housekeeping will.
 */
async function dropWaiting({ request }: JobInput, progress: Progress): Promise<void> {
  const { waiting_until, disk } = progress.now;
  if (waiting_until === null || disk === null || tookOver(request)) return;
  const worktree_id = workflowInfo().workflowId;
  await CancellationScope.nonCancellable(() => diskSteps(disk).dropWorktree({ worktree_id, force: true })).then(
    () => progress.note({ worktree_path: null }),
    (error: unknown) => {
      throwBug(error);
      log.warn('could not remove the files of the job', { error });
    },
  );
}

/**
 * Whether what is in the worktree is, or will be, that of the job that this one tries again: not this one's to drop.
 */
function tookOver({ retry }: JobSpec): boolean {
  return retry !== undefined && retry.from !== 'start' && retry.worktree;
}

/** Whether a failed job left work worth keeping; it is committed, so that it can be delivered later. */
async function keepWork(run: HostRun): Promise<boolean> {
  const { progress, remote, input, work } = run;
  if (progress.now.worktree_path === null) return false;
  if (remote === undefined) {
    // An earlier host left it, and this one did not get to see the repository. What was committed is still to be
    // delivered.
    progress.note({ sha: work.sha ?? null });
    return input.request.repo_url !== undefined && work.sha !== null;
  }
  return commitWork(run).then(
    (sha) => sha !== null,
    (error: unknown) => {
      throwBug(error);
      return true;
    },
  );
}

/** Tells the prepared worktree how it was left; one that is gone does not care. */
async function tellWorktree(id: string, { work }: HostRun, end: End | undefined, left: LeftWorktree): Promise<void> {
  const pushed = end === undefined && work.sha !== undefined ? work.sha !== null : null;
  await getExternalWorkflowHandle(id)
    .signal(WORKTREE_USED, { pushed, size_bytes: left.size_bytes } satisfies WorktreeUse)
    .catch((error: unknown) => {
      throwBug(error);
      log.warn('could not signal the job to the worktree', { error });
    });
}
