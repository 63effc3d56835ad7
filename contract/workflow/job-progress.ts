/**
 * What a job shows of itself: its memo while it lives, its result at its end. No zod here: workflows import this file.
 */
import type { AgentName } from '../shared/agents.ts';
import type { Usage } from '../shared/events.ts';
import type { FailureType } from '../shared/failures.ts';
import type { CommandCheck } from './checks.ts';
import type { RetryFrom } from './job-spec.ts';
import type { JobStage } from './job-stages.ts';
import type { StepRetry } from './retries.ts';

/** Statuses a job can end or be in; `cancelling` is seen between the request and the end. */
export const JOB_STATUSES = ['queued', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled', 'expired'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** The live part of a job's record; kept in the workflow's memo, so that reading a job needs no worker. */
export interface JobProgress {
  stage: JobStage;
  attempt: number;
  hosts: string[];
  resumed: boolean;
  disk: string | null;
  base_ref: string | null;
  /** Null also in an empty repository. */
  base_sha: string | null;
  branch: string | null;
  sha: string | null;
  diff: DiffStat | null;
  pr_url: string | null;
  /** The last shas that were recorded for delivery. */
  recorded: string[];
  session_id: string | null;
  started_at: string | null;
  /** Until when the job waits, without a seat, for the model's limit to end (ISO 8601). */
  waiting_until: string | null;
  /** Why the step is tried again; null at its first try. */
  retrying?: StepRetry | null;
  worktree_path: string | null;
  /**
   * What all agents of the job have cost, as far as it is known: on every host, of every try, and of the choice of its
   * profile.
   */
  usage: Usage | null;
  cost_usd: number | null;
  num_turns: number | null;
  warnings: string[];
  /** The last runs of the profile's own commands for the work as it stands. */
  checks: CommandCheck[];
  /** What did not pass in work that is delivered all the same. */
  verdict?: string;
  /** Where a retry did begin, when it could not begin where it was to. */
  retry_from?: RetryFrom;
  /** Only in jobs with profile `auto`, once it is made. */
  choice?: ProfileChoice;
  /** Why the job ended without success. */
  error: { code: FailureType; message: string } | null;
}

export interface DiffStat {
  files: number;
  insertions: number;
  deletions: number;
}

/** The profile of a job with profile `auto`. */
export interface ProfileChoice {
  profile: string;
  /** In the model's words; else why it did not choose. */
  reason: string;
  /** The profile's agent; absent where no host could tell. */
  agent?: AgentName;
}

/** What runs of agents cost; null where that is not known. */
export interface Spent {
  usage: Usage | null;
  cost_usd: number | null;
}

/** Result of the job workflow. */
export interface JobResult {
  output: string;
  transcript: string | null;
}
