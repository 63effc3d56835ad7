/** What a job is asked to do, as its workflow keeps it. No zod here: workflows import this file. */
import type { CommandCheck } from './checks.ts';
import type { AgentName } from '../shared/agents.ts';
import type { PartMode } from '../shared/checkout-parts.ts';

/** First argument of the job workflow. */
export interface JobInput {
  spec: JobSpec;
  owner: string;
  /** Seconds of silence after which a host counts as lost. */
  seat_timeout_s: number;
  /** Seconds a job may wait for its first seat. */
  ttl_s: number;
  /** False on a cluster where the search attributes could not be registered. */
  indexed: boolean;
}

/** What the caller said; the schema JobRequest of contract/http checks and describes each field. */
export interface Requested {
  task: string;
  repo_url?: string | undefined;
  base_ref?: string | undefined;
  profile?: string | undefined;
  create_repo?: boolean | undefined;
  private?: boolean | undefined;
  agent?: AgentName | undefined;
  model?: string | undefined;
  timeout?: number | undefined;
  max_budget_usd?: number | undefined;
  lfs?: PartMode | undefined;
  submodules?: PartMode | undefined;
  priority?: number | undefined;
  session_id?: string | undefined;
  worktree_id?: string | undefined;
  file_path?: string | undefined;
}

/** What the server decided about the request. */
interface Resolved {
  profile: string;
  /** The agent that the profile names, as it was when the job was submitted; absent where a model chooses it. */
  profile_agent?: AgentName | undefined;
  /** Why it is that profile. */
  profile_reason: string;
  /** Of a job with profile `auto`: the profile that it gets when none can be chosen. */
  fallback_profile?: string | undefined;
  session?: EarlierSession | undefined;
  worktree?: PreparedWorktree | undefined;
  retry?: Retry | undefined;
  /** The plan that the job executes. */
  plan_id?: string | undefined;
}

/** A job as its workflow keeps it. Whether it makes a plan is said by the type of its workflow. */
export type JobSpec = Requested & Resolved;

/** A session that the job goes on with. */
export interface EarlierSession {
  session_id: string;
  job_id: string;
  /** Identity of the data directory that has its transcript. */
  disk: string;
}

/** A worktree that was prepared before and stays when the job has ended. */
export interface PreparedWorktree {
  worktree_id: string;
  /** Identity of the data directory that has it. */
  disk: string;
  branch: string;
  base: Base;
}

/** Where a job's branch starts. */
export interface Base {
  ref: string;
  /** Null in an empty repository, where the branch starts unborn. */
  sha: string | null;
}

/** Where a retry begins: with the delivery of what is committed, in the agent's session, or anew. */
export const RETRY_FROM = ['delivery', 'session', 'start'] as const;
export type RetryFrom = (typeof RETRY_FROM)[number];

/** What a retry takes over of the job before it. */
export interface Retry {
  /** The job that is tried again. */
  of: string;
  /** The job that has the files: the same, or the one that it tried again, where it did not get to them. */
  job_id: string;
  /** The first job of the line, whose name the branch bears. */
  first_job_id: string;
  from: RetryFrom;
  /** The agent's session of the job before, to go on with. */
  session?: EarlierSession;
  /** Whether the job before left a worktree with changes: without it going on makes no sense. */
  worktree: boolean;
  /** Data directory that has the files of the job before; absent where none are needed. */
  disk?: string;
  base?: Base;
  /** The branch, where the jobs before have delivered on it. */
  branch?: string;
  /** The commit to deliver. */
  sha?: string;
  /** Shas that the jobs before recorded and may have pushed. */
  recorded: string[];
  /** What the agent said at its end; cut at 8 KiB. */
  output?: string;
  /** The runs of the profile's commands, and what of them did not pass in work that is delivered all the same. */
  checks?: CommandCheck[];
  verdict?: string;
  /** Why the job before failed, for its agent to mend. */
  problem?: string;
}
