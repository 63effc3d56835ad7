import type { Credentials } from '../contract/shared/credentials.ts';
import type { ForgeKind } from '../contract/http/forge-kind.ts';

/** The pull request to open. */
export interface PullRequestPlan {
  /** The branch with the work. */
  branch: string;
  /**
   * Account (GitHub user or organisation, GitLab or Gitea namespace) of the fork that has the branch; absent where the
   * repository itself has it.
   */
  headOwner?: string | undefined;
  base: string;
  title: string;
  body: string;
  draft: boolean;
  labels: readonly string[];
  /** User names; `org/team` is a team where the forge has such. */
  reviewers: readonly string[];
}

export interface PullRequest {
  url: string;
  number: number;
  state: 'open' | 'closed' | 'merged';
  /** False: it was there. */
  opened: boolean;
  /** What of the plan could not be done, one sentence each. */
  warnings: string[];
}

/** A file that a commit makes different; `sha` is null where it is gone. */
export interface TreeChange {
  path: string;
  mode: string;
  sha: string | null;
  readFile: () => Promise<Buffer>;
}

/** A commit for the forge to make: the forge is its author. */
export interface ForgeCommit {
  /** The tree that comes of the changes. */
  tree: string;
  /** Null where there is nothing yet. */
  baseTree: string | null;
  /** Commits that the forge has. */
  parents: readonly string[];
  message: string;
  changes: readonly TreeChange[];
}

/**
 * One repository on its forge. Every call fails with a Failure: `forge_auth_failed`, `forge_unavailable`,
 * `host_not_found`, `forge_rate_limited`, `repo_not_found` (it moved), `pull_request_rejected`, `forge_rejected` or
 * `invalid_config`, whose text holds no token. Nothing is tried twice here. When `signal` aborts, calls reject with its
 * reason.
 */
export interface Forge {
  readonly kind: ForgeKind;
  /**
   * What git shows the remote, minted now: an App's token is asked for on each call and for this repository alone.
   * Undefined where git authenticates by other means (ssh).
   */
  gitCredentials(signal?: AbortSignal): Promise<Credentials | undefined>;
  /** Whether the credentials may push to the repository itself; undefined where the forge does not say. */
  canPush(signal?: AbortSignal): Promise<boolean | undefined>;
  /**
   * A fork of the repository in the account of the credentials: the existing one, or made and waited for. `url` is its
   * clone URL.
   */
  fork(signal?: AbortSignal): Promise<{ url: string; owner: string }>;
  /** Makes the repository, with a first commit to start from, where there is none; one that exists is left as it is. */
  createRepository(options: { private: boolean }, signal?: AbortSignal): Promise<{ created: boolean }>;
  /**
   * Makes a commit that is on no branch and that the forge signs; answers its id. Fails `signing_failed` where it is
   * not that commit, or not signed. Absent where the forge signs nothing for these credentials.
   */
  makeCommit?: (commit: ForgeCommit, signal?: AbortSignal) => Promise<string>;
  /**
   * The open pull request for the branch, or a new one. One that is there stays as it is, but for labels and reviewers
   * that one of ours did not come to get. One that is merged or closed is given only if there is nothing left to open:
   * the branch stands where it was merged, or the forge says so.
   */
  findOrOpenPullRequest(plan: PullRequestPlan, signal?: AbortSignal): Promise<PullRequest>;
}
