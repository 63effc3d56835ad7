import { workflowInfo } from '@temporalio/workflow';
import type { Delivery } from '../contract/workflow/delivery.ts';
import type { ProfileChoice } from '../contract/workflow/job-progress.ts';
import type { Base, JobInput, JobSpec } from '../contract/workflow/job-spec.ts';
import { PLAN_WORKFLOW } from '../contract/workflow/names.ts';
import type { SeatStep, WorkPlace } from '../contract/workflow/seat.ts';
import type { Mirror, ProfileFacts } from '../contract/workflow/steps.ts';
import { hostSteps, type HostSteps } from './activity-options.ts';
import { Progress } from './progress.ts';
import type { Seat } from './seat.ts';

/**
 * What a job has achieved on all its hosts, and before them where it tries another one again. Replaced, never changed.
 */
export type Done = Readonly<{
  /** Where the branch starts: decided once, whatever becomes of the base meanwhile. */
  base?: Base;
  /** The profile that a model chose. */
  choice?: ProfileChoice;
  /** What the last host that brought its mirror up to date saw, and which attempt that was. */
  remote?: RemoteState & { attempt: number };
  profile?: ProfileFacts;
  answer?: Answer;
  /** The commit to deliver; null when the agent changed nothing. */
  commit?: { sha: string | null } | undefined;
  /** The last shas that were recorded for delivery, so that a push of an earlier attempt is known as ours. */
  recorded: readonly string[];
  /** The branch, once something is delivered on it, or where it is given. */
  branch?: string;
  delivery?: Delivery;
  /** How often, and how long in all (milliseconds), the job has waited for the model without a seat. */
  waits: { count: number; ms: number };
}>;

/** What the agent said at its end. */
interface Answer {
  output: string;
  /** Data directory with the checkout that it left, where that is known: the checkout of an earlier host lacks it. */
  disk?: string | undefined;
}

/** What the remote looked like when this host brought its mirror up to date. */
export type RemoteState = Mirror & { repo_url: string };

/** A job, on whatever host. */
export class Job {
  readonly input: JobInput;
  /** Whether it makes a plan. */
  readonly plan = workflowInfo().workflowType === PLAN_WORKFLOW;
  readonly progress: Progress;
  #done: Done;

  constructor(input: JobInput) {
    this.input = input;
    this.progress = new Progress(input);
    this.#done = begin(input.spec);
    const { commit, recorded } = this.#done;
    if (commit?.sha) this.progress.note({ sha: commit.sha, recorded: [...recorded] });
  }

  /** What it is asked to do, with the profile that was chosen for it as its own. */
  get spec(): JobSpec {
    const { profile } = this.done.choice ?? this.input.spec;
    return { ...this.input.spec, profile };
  }

  get done(): Done {
    return this.#done;
  }

  achieve(more: Partial<Done>): void {
    this.#done = { ...this.#done, ...more };
  }
}

/** A job on one host. */
export interface JobOnHost {
  job: Job;
  seat: Seat;
  at: SeatStep;
  steps: HostSteps;
}

export function onSeat(job: Job, seat: Seat): JobOnHost {
  const { commit, profile } = job.done;
  const deliveryS = commit?.sha ? profile?.delivery_timeout_s : undefined;
  const at = { ...placeOf(job.spec), token: seat.token };
  return { job, seat, at, steps: hostSteps(seat, job.input.seat_timeout_s, deliveryS) };
}

/** Where the job works. */
function placeOf({ worktree }: JobSpec): WorkPlace {
  const { workflowId: job_id } = workflowInfo();
  return worktree === undefined ? { job_id } : { job_id, worktree_id: worktree.worktree_id };
}

/** What a job begins with: nothing, or what it takes over of the job that it tries again. */
function begin({ retry, worktree }: JobSpec): Done {
  const base = worktree?.base ?? retry?.base;
  const begun: Done = {
    recorded: retry?.recorded ?? [],
    waits: { count: 0, ms: 0 },
    ...(base !== undefined && { base }),
    ...(worktree !== undefined && { branch: worktree.branch }),
  };
  if (retry?.from !== 'delivery' || retry.sha === undefined) return begun;
  return { ...begun, commit: { sha: retry.sha }, answer: { output: retry.output ?? '', disk: retry.disk } };
}

/** Whether all but the end of it is done: the branch is where it is to be, or there is none. */
export function isPushed({ answer, commit, delivery }: Done, remote: RemoteState | undefined): boolean {
  if (answer === undefined) return false;
  if (remote === undefined || commit?.sha === null || delivery !== undefined) return true;
  return commit !== undefined && (commit.sha === remote.tip || commit.sha === remote.holds);
}
