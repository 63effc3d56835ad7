/** What the job workflow and its activities exchange: ids and small facts, never file contents. No zod here. */
import type { FailureType } from './failures.ts';
import type { Turn, Usage } from './events.ts';

/** The checked request of a job as the workflow keeps it. */
export interface JobSpec {
  task: string;
  repo_url?: string;
  base_ref?: string;
  profile: string;
  /** Why it is that profile; absent in jobs of earlier versions. */
  profile_reason?: string;
  /** 1 goes first, 5 last. */
  priority?: number;
  session?: EarlierSession;
  options?: JobOptions;
}

/** What a job says in place of its profile, or besides. */
export interface JobOptions {
  model?: string;
  /** Seconds. */
  timeout?: number;
  max_budget_usd?: number;
  /** An .mcp.json on the server. */
  file_path?: string;
}

/** A session that the job goes on with. */
export interface EarlierSession {
  session_id: string;
  job_id: string;
  /** Identity of the data directory that has its transcript. */
  disk: string;
}

/** First argument of the job workflow. */
export interface JobInput {
  request: JobSpec;
  owner: string;
  /** Seconds of silence after which a host counts as lost. */
  seat_timeout_s: number;
  /** Seconds a job may wait for its first seat. */
  ttl_s: number;
  /** False on a cluster where the search attributes could not be registered. */
  indexed: boolean;
}

/** Signal payload of `seatTaken`. */
export interface SeatTaken {
  /** Which asking this answers: the workflow's running number. */
  asking: number;
  host: string;
  hostname: string;
  token: string;
  /** When the host took the job, by its clock (ISO 8601): taken in order, whenever the signals arrive. */
  at: string;
  /** Identity of the data directory, by which a reader knows whether its own disk has the event log. */
  disk: string;
}

export interface HoldSeatStep {
  job_id: string;
  asking: number;
  /** Last sequence number of the job's events that a lost host reported; 0 at first. */
  seen_seq: number;
}

/** What every step on a host carries; a process that does not hold `token` fails the step with `seat_lost`. */
export interface SeatStep {
  job_id: string;
  token: string;
}

export interface MirrorStep extends SeatStep {
  repo_url: string;
  base_ref?: string;
  /** Shas that earlier attempts of this job recorded and may have pushed. */
  recorded: string[];
}

/** What the remote looked like when the mirror was brought up to date. */
export interface Mirror {
  base: Base;
  /** The job's branch: named after the first 8 characters of its id, or after all of it where that name is taken. */
  branch: string;
  /** Where the branch stands on the remote; null while it does not exist. */
  tip: string | null;
}

/** Where a job's branch starts. */
export interface Base {
  ref: string;
  /** Null in an empty repository, where the branch starts unborn. */
  sha: string | null;
}

export interface WorktreeStep extends SeatStep {
  repo_url?: string;
  base?: Base;
  branch?: string;
  attempt: number;
}

export interface Worktree {
  path: string;
  /** True when this disk still had the worktree and the agent's session of an earlier attempt. */
  reused: boolean;
}

export interface ProfileStep extends SeatStep {
  profile: string;
  attempt: number;
  options: JobOptions;
}

/** What the workflow needs of a profile. */
export interface ProfileFacts {
  timeout_s: number;
  deliver: 'pr' | 'push' | 'none';
  /** The session that the agent will run in. */
  session_id: string;
}

export interface AgentStep extends SeatStep {
  request: JobSpec;
  base_ref: string | null;
  attempt: number;
  timeout_s: number;
}

export interface AgentTurn {
  turn: Turn;
  resumed: boolean;
  warnings: string[];
}

export interface CommitStep extends SeatStep {
  repo_url: string;
  base: Base;
  message: string;
}

export interface Commit {
  /** Null when the agent changed nothing. */
  sha: string | null;
}

export interface DeliverStep extends SeatStep {
  repo_url: string;
  base: Base;
  branch: string;
  sha: string;
  recorded: string[];
}

export interface Delivery {
  diff: DiffStat;
}

export interface DiffStat {
  files: number;
  insertions: number;
  deletions: number;
}

export interface TranscriptStep extends SeatStep {
  attempt: number;
}

/** What a failed run of an agent cost; travels as the details of its failure. */
export interface Spent {
  usage: Usage | null;
  cost_usd: number | null;
}

export interface EndStep extends SeatStep {
  attempt: number;
  /** Keep the worktree because it holds work that was not delivered. */
  keep: boolean;
  status: JobStatus;
  code?: FailureType;
  message?: string;
}

/** Statuses a job can end or be in; `cancelling` is seen between the request and the end. */
export type JobStatus = 'queued' | 'running' | 'cancelling' | 'succeeded' | 'failed' | 'cancelled' | 'expired';

/** What a job is doing now. */
export type JobStage =
  | 'queued'
  | 'updating_mirror'
  | 'creating_worktree'
  | 'materializing_profile'
  | 'running_agent'
  | 'committing'
  | 'delivering'
  | 'shipping_transcript';

/** The live part of a job's record; kept in the workflow's memo, so that reading a job needs no worker. */
export interface JobProgress {
  stage: JobStage;
  attempt: number;
  hosts: string[];
  resumed: boolean;
  disk: string | null;
  base_ref: string | null;
  branch: string | null;
  sha: string | null;
  diff: DiffStat | null;
  session_id: string | null;
  started_at: string | null;
  worktree_path: string | null;
  usage: Usage | null;
  cost_usd: number | null;
  num_turns: number | null;
  warnings: string[];
  /** Why the job ended without success. */
  error: { code: FailureType; message: string } | null;
}

/** The static part of a job's memo. */
export interface JobBrief {
  /** First 1 KiB of the task. */
  task: string;
  /** True when there is more of it. */
  task_cut: boolean;
  repo_url: string | null;
  profile: string;
  profile_reason?: string;
  model: string | null;
  priority: number;
  owner: string;
  /** SHA-256 of the request, by which a repeated Idempotency-Key is compared. */
  request_hash: string;
}

/** Result of the job workflow. */
export interface JobResult {
  output: string;
  transcript: string | null;
}
