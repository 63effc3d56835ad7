/**
 * What the other steps on a host take and answer: ids and small facts, never file contents. No zod here: workflows
 * import this file.
 */
import type { Setup, Verify } from './checks.ts';
import type { CommitTerms } from './commit-terms.ts';
import type { PullRequestOptions } from './delivery.ts';
import type { AgentName } from '../shared/agents.ts';
import type { RunSuccess } from '../shared/events.ts';
import type { FailureType } from '../shared/failures.ts';
import type { JobStatus, Spent } from './job-progress.ts';
import type { Base, JobSpec } from './job-spec.ts';
import type { SeatStep } from './seat.ts';

export interface MirrorStep extends SeatStep {
  repo_url: string;
  base_ref?: string;
  /** Where the branch starts, where that is decided. */
  base?: Base;
  /** Shas that earlier attempts of this job recorded and may have pushed. */
  recorded: string[];
  /** The branch, where it is given. */
  branch?: string;
  /** The job whose name the branch bears; this one when absent. */
  branch_of?: string;
  /** The profile that says what the branch's name begins with. */
  profile: string;
}

/** What the remote looked like when the mirror was brought up to date. */
export interface Mirror {
  base: Base;
  /** The job's branch: named after the first 8 characters of its id, or after all of it where that name is taken. */
  branch: string;
  /** Where the branch stands on the remote; null while it does not exist. */
  tip: string | null;
  /** The newest of the job's own commits that is in the branch, also where others have added to it. */
  holds?: string;
  /** The branch that a pull request is for. */
  pull_request_base: string;
}

export interface WorktreeStep extends SeatStep {
  repo_url?: string;
  base?: Base;
  branch?: string;
  attempt: number;
  /** The job before, whose worktree this one takes over. */
  adopt?: string;
  /** Setup commands have run in the checkout that is on this disk: it stays, although no agent has begun in it. */
  set_up?: boolean;
}

export interface Worktree {
  path: string;
  /** True when this disk still had the worktree of an earlier attempt, with the agent's session or after setup. */
  reused: boolean;
  /** Its repository keeps something in Git LFS or in submodules, and no agent has seen it: see completeCheckout. */
  incomplete?: boolean;
}

/** Everything that an agent needs before it works. */
export type WorkStep = WorktreeStep & ProfileStep;

export type PreparedWork = { worktree: Worktree } & (
  { profile: ProfileFacts } | { /** What is wrong with the profile, for good. */ refused: RefusedProfile }
);

export interface RefusedProfile {
  code: FailureType;
  message: string;
}

export interface CompleteStep extends SeatStep {
  repo_url: string;
  base: Base;
}

export interface RouteStep extends SeatStep {
  /** What the task begins with. */
  task: string;
  repo_url?: string;
  fallback_profile: string;
}

export interface ProfileStep extends SeatStep {
  /** Agent package that says what a profile would say. */
  package?: string;
  /** True where the agent of a session gets the tools of sessions. */
  session?: boolean;
  /** `none`: the agent of a session that only talks. */
  tools?: 'none';
  attempt: number;
  request: Omit<JobSpec, 'task'>;
  /** True when the agent makes a plan: it can read and nothing else, and nothing is delivered. */
  plan: boolean;
}

/** What the workflow needs of a profile. */
export interface ProfileFacts {
  agent: AgentName;
  timeout_s: number;
  deliver: 'pr' | 'push' | 'none';
  /** The session that the agent will run in. */
  session_id: string;
  /** What the profile says of the pull request; absent where none is wanted. */
  pull_request?: PullRequestOptions;
  /** Seconds for which a delivery that fails in passing is tried again. */
  delivery_timeout_s: number;
  setup?: Setup;
  verify?: Verify;
  /** Absent where it says nothing of the commits. */
  commits?: CommitTerms;
}

export interface AgentStep extends SeatStep {
  request: JobSpec;
  /** See ProfileStep. */
  plan: boolean;
  base_ref: string | null;
  attempt: number;
  timeout_s: number;
  /** Go on where the job before stopped: its worktree is here. */
  go_on: boolean;
  /** What the agent is to mend in what it has done. */
  fix?: Fix;
}

/** What an agent that has answered is told in one more turn. */
export interface Fix {
  /** The same whenever this turn is tried again, so that no agent gets it twice. */
  id: string;
  text: string;
}

export interface AgentAnswer {
  result: RunSuccess;
  /** What all runs of agents under this seat have cost, this one with them. */
  spent: Spent;
  /** Whether the agent went on with a session that was under way. */
  resumed: boolean;
  warnings: string[];
}

/** Details of the failure `rate_limited`; absent where the provider does not say when the model answers again. */
export interface RateLimit {
  retry_after_ms: number;
}

export interface PauseStep extends SeatStep {
  attempt: number;
  /** Why, and until when (ISO 8601). */
  reason: string;
  until: string;
}

export interface EndStep extends SeatStep {
  attempt: number;
  /** Keep the worktree because it holds work that was not delivered. */
  keep: boolean;
  status: JobStatus;
  code?: FailureType;
  message?: string;
}

/** What a job has left on its host. */
export interface LeftWorktree {
  /** Where the agent's transcript is kept; null where there is none. */
  transcript: string | null;
  /** What is in the prepared worktree; null for others, and where it could not be measured. */
  size_bytes: number | null;
}
