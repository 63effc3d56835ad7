import type { Delivery } from '../contract/workflow/delivery.ts';
import type { ProfileChoice } from '../contract/workflow/job-progress.ts';
import type { Base, JobInput, JobSpec } from '../contract/workflow/job-spec.ts';
import type { SeatStep, WorkPlace } from '../contract/workflow/seat.ts';
import type { Mirror, ProfileFacts } from '../contract/workflow/steps.ts';
import type { Progress } from './progress.ts';
import type { Seat } from './seat.ts';
import type { HostSteps } from './activity-options.ts';

/** What a job has come to, over all the hosts that held it. */
export interface Work {
  /** What the agent said at its end; absent until then. */
  output?: string;
  /**
   * Data directory on which that is, when it is known: a checkout that an earlier host left on another one lacks it.
   */
  disk?: string;
  /** Where the branch starts: decided once, whatever becomes of the base meanwhile. */
  base?: Base;
  /** The commit to deliver; null when the agent changed nothing. */
  sha?: string | null;
  /** The last shas that were recorded for delivery, so that a push of an earlier attempt is known as ours. */
  recorded: string[];
  /** The profile that a model chose. */
  choice?: ProfileChoice;
  /** How often, and how long in all (milliseconds), the job has waited for the model without a seat. */
  pauses: number;
  waitedMs: number;
  profile?: ProfileFacts;
  /** The branch, once something is delivered on it, or where it is given. */
  branch?: string;
  delivery?: Delivery;
}

/** One job on one host. */
export interface HostRun {
  input: JobInput;
  /** Whether the job makes a plan. */
  plan: boolean;
  work: Work;
  progress: Progress;
  seat: Seat;
  at: SeatStep;
  steps: HostSteps;
  /** What the remote looked like, once it is known. */
  remote?: Mirror & { repo_url: string };
}

/** What a job begins with: nothing, or what it takes over of the job that it tries again. */
export function begin({ retry, worktree }: JobSpec): Work {
  const work: Work = { pauses: 0, waitedMs: 0, recorded: [...(retry?.recorded ?? [])] };
  const base = worktree?.base ?? retry?.base;
  if (base !== undefined) work.base = base;
  if (worktree !== undefined) work.branch = worktree.branch;
  if (retry?.from !== 'delivery' || retry.sha === undefined) return work;
  return { ...work, sha: retry.sha, output: retry.output ?? '', ...(retry.disk !== undefined && { disk: retry.disk }) };
}

/** Where the job works. */
export const placeOf = (jobId: string, { worktree }: JobSpec): WorkPlace =>
  worktree === undefined ? { job_id: jobId } : { job_id: jobId, worktree_id: worktree.worktree_id };

/** Whether all but the end of it is done: the branch is where it shall be, or there is none. */
export function isPushed({ work, remote }: HostRun): boolean {
  if (work.output === undefined) return false;
  if (remote === undefined || work.sha === null || work.delivery !== undefined) return true;
  return work.sha !== undefined && (work.sha === remote.tip || work.sha === remote.holds);
}
