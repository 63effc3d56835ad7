/** What the steps from commit to pull request take and answer. No zod here: workflows import this file. */
import type { AgentName } from '../shared/agents.ts';
import type { FailureType } from '../shared/failures.ts';
import type { CommandCheck } from './checks.ts';
import type { CommitTerms } from './commit-terms.ts';
import type { DiffStat } from './job-progress.ts';
import type { Base } from './job-spec.ts';
import type { SeatStep } from './seat.ts';

export interface CreateRepositoryStep extends SeatStep {
  repo_url: string;
  private: boolean;
}

export interface CommitStep extends SeatStep {
  repo_url: string;
  base: Base;
  /** The branch of the job in its worktree. */
  branch: string;
  /** Subject of the commit that takes what the agent left uncommitted. */
  subject: string;
  profile: string;
  /** Absent where the profile says nothing of the commits. */
  commits?: CommitTerms;
}

/** Why there is no commit yet. */
export interface Problem {
  /** How the job fails where the agent does not mend it. */
  code: FailureType;
  /** What the agent is told. */
  message: string;
}

export interface Commit {
  /** Null when the agent changed nothing. */
  sha: string | null;
  /** What is unusual, but no reason to fail. */
  warnings: string[];
  /** Whether the worktree has something that is not in the commit, so that it is kept. */
  keep?: boolean;
  /** What the agent is told to mend before its work can be committed. */
  problem?: Problem;
}

/** `sha`: the commit whose files are to be in the worktree, and nothing else that git does not ignore. */
export interface RestoreStep extends SeatStep {
  repo_url: string;
  base: Base;
  sha: string;
}

export interface DeliverStep extends SeatStep {
  repo_url: string;
  base: Base;
  branch: string;
  /** The job or worktree whose name the branch bears. */
  branch_of: string;
  sha: string;
  recorded: string[];
  /** Where the branch was on the remote when that was last looked at; null where it was not there. */
  seen: string | null;
  /** What the branch has may be of other jobs in the same worktree: it is only ever added to. */
  fast_forward?: boolean;
  /** Push to a fork where there is no right to push to the repository. */
  may_fork?: boolean;
  /** Whether a pull request is wanted: where none can be opened, that is told. */
  pull_request?: boolean;
}

export interface Delivery {
  diff: DiffStat;
  /** Owner of the fork that has the branch; absent where it is in the repository itself. */
  fork_owner?: string;
  /** Nobody knows what forge the repository is on, if it is on one: no pull request can be opened. */
  no_forge?: boolean;
  warnings: string[];
}

/** What a profile says about its pull requests. */
export interface PullRequestOptions {
  /** The branch that the job began on when absent. */
  base?: string;
  draft: boolean;
  labels: string[];
  reviewers: string[];
  /** The body, with placeholders; ours when absent. */
  template?: string;
}

export interface PullRequestStep extends SeatStep {
  repo_url: string;
  branch: string;
  base: string;
  fork_owner?: string;
  options: PullRequestOptions;
  profile: string;
  agent: AgentName;
  /** The agent's last words, cut. */
  summary: string;
  cost_usd: number | null;
  /** What the job has warned of so far. */
  warnings: string[];
  /** The runs of the profile's commands, and what of them did not pass. */
  checks: CommandCheck[];
  verdict?: string;
}

export interface OpenedPullRequest {
  /** Null where nobody knows what forge the repository is on. */
  pr_url: string | null;
  warnings: string[];
}
