import { workflowInfo } from '@temporalio/workflow';
import { defined } from '../contract/shared/defined.ts';
import type { CommandCheck, FailedCommand } from '../contract/workflow/checks.ts';
import type { Delivery } from '../contract/workflow/delivery.ts';
import type { ProfileChoice } from '../contract/workflow/job-progress.ts';
import type { Base, JobInput, JobSpec, Retry } from '../contract/workflow/job-spec.ts';
import { PLAN_WORKFLOW } from '../contract/workflow/names.ts';
import type { SeatStep, WorkPlace } from '../contract/workflow/seat.ts';
import type { Fix, Mirror, ProfileFacts } from '../contract/workflow/steps.ts';
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
  /** What the profile's setup did in the checkout of this job, by the data directory that has it. */
  setups: Readonly<Record<string, SetupState>>;
  answer?: Answer;
  /** What came after the agent's first answer, in the same checkout. */
  review: Review;
  /** The commit to deliver; null when the agent changed nothing. */
  commit?: { sha: string | null; keep?: boolean } | undefined;
  /** The last shas that were recorded for delivery, so that a push of an earlier attempt is known as ours. */
  recorded: readonly string[];
  /** The branch, once something is delivered on it, or where it is given. */
  branch?: string;
  delivery?: Delivery;
  /** Where the agent's transcript is kept; null where there is none. */
  transcript?: string | null;
  /** How often, and how long in all (milliseconds), the job has waited for the model without a seat. */
  waits: { count: number; ms: number };
}>;

/** How far the setup of a checkout is. */
export interface SetupState {
  checks: readonly CommandCheck[];
  /** The cache to keep when its commands have passed. */
  key?: string;
  done: boolean;
}

/** Whether the agent's work can be delivered. */
export interface Review {
  /** The runs of `verify`. */
  checks: readonly CommandCheck[];
  /** Which time `verify` runs next, or runs now. */
  round: number;
  /** What did not pass in this round. */
  failed?: FailedCommand;
  /** What the agent is to be told next, and by whom that is wanted. */
  fix?: Fix & { by: 'commit' | 'verify' };
  /** Who wanted the agent's last turn. */
  fixed?: 'commit' | 'verify';
  /** What did not pass, once the work is delivered all the same; null where all did. */
  verdict?: string | null;
}

export const FIRST_REVIEW: Review = { checks: [], round: 1 };

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

  /** `memo`: the part of its workflow's memo that it is shown in. */
  constructor(input: JobInput, memo?: string) {
    this.input = input;
    this.progress = new Progress(input, memo);
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

  /** Notes the runs of the profile's commands for the work on `disk`. */
  noteChecks(disk: string): void {
    const { setups, review } = this.#done;
    this.progress.note({ checks: [...(setups[disk]?.checks ?? []), ...review.checks] });
  }

  showChecks(disk: string): void {
    this.noteChecks(disk);
    this.progress.show({});
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
    setups: setUpBefore(retry),
    review: FIRST_REVIEW,
    waits: { count: 0, ms: 0 },
    ...(base !== undefined && { base }),
    ...defined({ branch: worktree?.branch ?? retry?.branch }),
  };
  if (retry?.from !== 'delivery' || retry.sha === undefined) return begun;
  const { sha, output = '', disk, checks = [], verdict = null } = retry;
  return {
    ...begun,
    commit: { sha },
    answer: { output, disk },
    review: { ...FIRST_REVIEW, checks: checks.filter(({ phase }) => phase === 'verify'), verdict },
  };
}

/** The worktree of a job that got to its agent has been set up; one that is tried again from it takes that over. */
function setUpBefore(retry: Retry | undefined): Done['setups'] {
  if (retry?.disk === undefined || !retry.worktree || retry.from === 'start') return {};
  const checks = retry.checks?.filter(({ phase }) => phase === 'setup') ?? [];
  return { [retry.disk]: { checks, done: true } };
}

/** Whether all but the end of it is done: the branch is where it is to be, or there is none to push. */
export function isPushed(
  { answer, commit, delivery, profile, review }: Done,
  remote: RemoteState | undefined,
): boolean {
  if (answer === undefined) return false;
  if (remote === undefined) return profile?.verify === undefined || review.verdict !== undefined;
  if (commit?.sha === null || delivery !== undefined) return true;
  return commit !== undefined && (commit.sha === remote.tip || commit.sha === remote.holds);
}
