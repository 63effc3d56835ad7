import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  log,
  workflowInfo,
} from '@temporalio/workflow';
import type { Turn } from '../contract/events.ts';
import { isFailureType, type FailureType } from '../contract/failures.ts';
import type {
  Base,
  Delivery,
  JobInput,
  JobResult,
  JobStatus,
  Mirror,
  ProfileFacts,
  SeatStep,
  Spent,
} from '../contract/steps.ts';
import { Progress } from './progress.ts';
import { withSeat, type Seat } from './seat.ts';
import { hostSteps, type HostSteps } from './steps.ts';

/** What a job has come to, over all the hosts that held it. */
interface Work {
  turn?: Turn;
  /** Where the branch starts: decided once, whatever becomes of the base meanwhile. */
  base?: Base;
  /** The commit to deliver; null when the agent changed nothing. */
  sha?: string | null;
  /** Every sha that was recorded for delivery, so that a push of an earlier attempt is known as ours. */
  recorded: string[];
}

/** One job on one host. */
interface HostRun {
  input: JobInput;
  work: Work;
  progress: Progress;
  seat: Seat;
  at: SeatStep;
  steps: HostSteps;
  /** What the remote looked like, once it is known. */
  remote?: Mirror & { repo_url: string };
}

/** A task on a repository, from its first seat to its delivered branch. */
export async function job(input: JobInput): Promise<JobResult> {
  const progress = new Progress(input);
  const work: Work = { recorded: [] };
  try {
    const result = await withSeat(input, (seat) => {
      const at = { job_id: workflowInfo().workflowId, token: seat.token };
      return onHost({ input, work, progress, seat, at, steps: hostSteps(seat, input.seat_timeout_s) });
    });
    progress.end('succeeded');
    return result;
  } catch (error) {
    const end = describeEnd(error);
    progress.end(end.status, { code: end.code, message: end.message }, end.spent);
    if (end.status === 'cancelled') throw error;
    throw ApplicationFailure.create({ message: end.message, type: end.code, nonRetryable: true });
  }
}

/** The whole sequence on one host; whatever its end, the host is left clean and its seat is given back. */
async function onHost(run: HostRun): Promise<JobResult> {
  let end: End | undefined;
  try {
    return await sequence(run);
  } catch (error) {
    end = describeEnd(error);
    throw error;
  } finally {
    await CancellationScope.nonCancellable(() => leaveHost(run, end));
  }
}

async function sequence(run: HostRun): Promise<JobResult> {
  const { steps, at, progress, seat, work } = run;
  progress.take(seat);
  await updateMirror(run);
  if (!isDelivered(run)) {
    progress.enter('creating_worktree');
    const worktree = await steps.createWorktree({ ...at, attempt: seat.attempt, ...run.remote });
    progress.enter('materializing_profile', { worktree_path: worktree.path });
    const profile = await materializeProfile(run);
    if (work.turn === undefined || !worktree.reused) await runAgent(run, profile.timeout_s);
    if (profile.deliver !== 'none') await deliver(run);
  }
  progress.enter('shipping_transcript');
  const { transcript } = await steps.shipTranscript({ ...at, attempt: seat.attempt });
  return { output: work.turn?.text ?? '', transcript };
}

/** Whether an earlier host had done all but the end of it. */
function isDelivered({ work, remote }: HostRun): boolean {
  if (work.turn === undefined) return false;
  return remote === undefined || work.sha === null || (work.sha !== undefined && work.sha === remote.tip);
}

async function updateMirror(run: HostRun): Promise<void> {
  const { repo_url, base_ref } = run.input.request;
  if (repo_url === undefined) return;
  run.progress.enter('updating_mirror');
  const asked = base_ref === undefined ? { repo_url } : { repo_url, base_ref };
  const mirror = await run.steps.updateMirror({ ...run.at, ...asked, recorded: run.work.recorded });
  const base = (run.work.base ??= mirror.base);
  run.remote = { repo_url, ...mirror, base };
  run.progress.show({ base_ref: base.ref });
}

async function materializeProfile({ steps, at, seat, input, progress }: HostRun): Promise<ProfileFacts> {
  const { profile, options = {} } = input.request;
  const facts = await steps.materializeProfile({ ...at, profile, options, attempt: seat.attempt });
  progress.note({ session_id: facts.session_id });
  return facts;
}

async function runAgent({ steps, at, progress, seat, input, work, remote }: HostRun, timeout_s: number): Promise<void> {
  progress.enter('running_agent');
  const { turn, resumed, warnings } = await steps.agent(timeout_s).runAgent({
    ...at,
    request: input.request,
    base_ref: remote?.base.ref ?? null,
    attempt: seat.attempt,
    timeout_s,
  });
  work.turn = turn;
  delete work.sha;
  const { session_id, usage, cost_usd, num_turns } = turn;
  progress.enter('running_agent', { session_id, usage, cost_usd, num_turns, resumed, warnings });
}

/** Commits what the agent left. The sha stands in the job's history before anything is pushed. */
async function commitWork({ steps, at, progress, input, work, remote }: HostRun): Promise<string | null> {
  if (remote === undefined) return null;
  if (work.sha !== undefined) return work.sha;
  const { sha } = await steps.commitWork({ ...at, ...remote, message: input.request.task });
  work.sha = sha;
  if (sha !== null) work.recorded.push(sha);
  progress.show({ sha });
  return sha;
}

async function deliver(run: HostRun): Promise<void> {
  const { steps, at, progress, work, remote } = run;
  progress.enter('committing');
  const sha = await commitWork(run);
  if (remote === undefined || sha === null) return;
  progress.enter('delivering');
  const done = await steps.deliver({ ...at, ...remote, sha, recorded: work.recorded });
  // Jobs that began under earlier versions have no statistics.
  progress.show({ branch: remote.branch, diff: (done as Delivery | undefined)?.diff ?? null });
}

/** Ends what still runs, removes the worktree (unless it holds work of a failed job) and gives the seat back. */
async function leaveHost(run: HostRun, end: End | undefined): Promise<void> {
  const { seat, steps, at } = run;
  if (seat.lost) return;
  try {
    const keep = end?.status === 'failed' && (await keepWork(run));
    const said = end === undefined ? {} : { code: end.code, message: end.message };
    await steps.removeWorktree({ ...at, attempt: seat.attempt, keep, status: end?.status ?? 'succeeded', ...said });
    if (!keep) run.progress.note({ worktree_path: null });
  } catch (error) {
    log.warn('the worktree was not removed', { error });
  }
}

/** Whether a failed job left work worth keeping; it is committed, so that it can be delivered later. */
async function keepWork(run: HostRun): Promise<boolean> {
  if (run.progress.now.worktree_path === null) return false;
  return commitWork(run).then(
    (sha) => sha !== null,
    () => true,
  );
}

interface End {
  status: JobStatus;
  code: FailureType;
  message: string;
  spent?: Spent | undefined;
}

/** How an error ends a job. */
function describeEnd(error: unknown): End {
  if (isCancellation(error)) return { status: 'cancelled', code: 'cancelled', message: 'the job was cancelled' };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const failure = cause instanceof ApplicationFailure ? cause : undefined;
  const code = failure?.type && isFailureType(failure.type) ? failure.type : 'internal';
  const message = cause instanceof Error ? cause.message : String(error);
  return {
    status: code === 'expired' ? 'expired' : 'failed',
    code,
    message,
    spent: failure?.details?.[0] as Spent | undefined,
  };
}
