/** What the worktree workflow, its activities and its readers exchange. No zod here: workflows import this file. */
import type { FailureType } from '../shared/failures.ts';
import type { Base } from './job-spec.ts';
import type { SeatStep } from './seat.ts';

/** Update by which a worktree is asked to go. */
export const REMOVE_WORKTREE = 'remove';

/**
 * Signal that makes the update with the id it carries void, if no worker has accepted it: nobody waits for it any more.
 * Signals that reached the server before a decision are heard before the updates of that decision.
 */
export const WITHDRAW_REMOVAL = 'withdraw';

/** Signal by which a job that worked in a worktree tells how it left it. */
export const WORKTREE_USED = 'used';

/** First argument of the worktree workflow. */
export interface WorktreeInput {
  repo_url: string;
  /** That of jobs on the repository which name none: it says what the branch's name begins with. */
  profile: string;
  base_ref?: string;
  owner: string;
  /** Seconds of silence after which a host counts as lost. */
  seat_timeout_s: number;
  /** Seconds it may wait for a seat. */
  ttl_s: number;
  /** False on a cluster where the search attributes could not be registered. */
  indexed: boolean;
  /** What an earlier run of the workflow, whose history became long, knew of the worktree. */
  known?: WorktreeState;
}

/** The static part of a worktree's memo. */
export interface WorktreeBrief {
  repo_url: string;
  base_ref: string | null;
  owner: string;
}

export type WorktreeStatus = 'preparing' | 'ready' | 'removing' | 'removed' | 'failed';

/** Where a worktree is and what is known of it. */
export interface WorktreeFacts {
  path: string;
  branch: string;
  base: Base;
  /** Null where it could not be measured. */
  size_bytes: number | null;
}

/** The live part of a worktree's memo. */
export interface WorktreeState extends Partial<WorktreeFacts> {
  status: WorktreeStatus;
  /** When it was asked for, where that was in an earlier run of its workflow. */
  created_at?: string;
  /** Identity of the data directory that has it. */
  disk?: string;
  /** The machine that prepared it. */
  hostname?: string;
  /** Whether the last job in it delivered what it committed; null where that is not known. */
  pushed: boolean | null;
  /** Why it could not be prepared, or not be removed when that was last asked for. */
  error: { code: FailureType; message: string } | null;
}

/** How a job left the worktree it worked in. */
export interface WorktreeUse {
  pushed: boolean | null;
  size_bytes: number | null;
}

export interface PrepareStep extends SeatStep {
  repo_url: string;
  profile: string;
  base_ref?: string;
}

export interface LeaveStep extends SeatStep {
  /** False where the preparation failed: nothing stays. */
  keep: boolean;
}

/** `force`: also where it holds work that is not on the remote. */
export type RemoveStep = { worktree_id: string } & ({ force: boolean; repo_url: string } | { force: true });

export interface RemoveRequest {
  force: boolean;
}

/** What came of a removal; a refused one left everything as it was. */
export type Removal = { removed: true } | { removed: false; code: FailureType; message: string };
