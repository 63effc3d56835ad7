interface FailureKind {
  /** True where a retry cannot mend it; everything else is retried as workflows/activity-options.ts says. */
  permanent: boolean;
  /** What the user should do about it. */
  nextStep: string;
}

const permanent = (nextStep: string): FailureKind => ({ permanent: true, nextStep });
const passing = (nextStep: string): FailureKind => ({ permanent: false, nextStep });

/** Every way a job can fail, by the stable code that users see. */
export const FAILURES = {
  agent_auth_failed: permanent(
    'Give the worker a valid model credential: set ANTHROPIC_API_KEY, or run `claude setup-token` and set CLAUDE_CODE_OAUTH_TOKEN.',
  ),
  agent_failed: permanent("Read the agent's last words in the job's output and events."),
  agent_missing: permanent('Install Claude Code on the worker, or set AGENTICORE_CLAUDE_BINARY to its path.'),
  agent_stopped: passing("Read the worker's log: the agent died without a result."),
  blocked_host: permanent('Name another host, or have the operator list this one in AGENTICORE_ALLOWED_REPO_HOSTS.'),
  branch_conflict: permanent(
    'Rename or delete the branch on the remote that holds commits of somebody else, then retry the job.',
  ),
  cancelled: permanent('Submit the job again if it should run after all.'),
  disk_full: permanent("Free space on the worker's data disk, then submit again."),
  disk_low: passing('Free space on the disk of that worker; another host takes the job meanwhile.'),
  events_unavailable: passing('Look at the event log: the Redis of REDIS_URL, or the data directory, does not answer.'),
  engine_unavailable: permanent(
    'Start `agenticore serve`, or point TEMPORAL_ADDRESS at a Temporal service that answers.',
  ),
  expired: permanent('Start more workers or raise AGENTICORE_JOB_TTL, then submit again.'),
  forge_auth_failed: permanent(
    'Give the worker a token of the forge that may see the repository and open pull requests (GITHUB_TOKEN or the GitHub App, GITLAB_TOKEN, GITEA_TOKEN), then retry the job.',
  ),
  forge_rate_limited: passing("Wait for the forge's limit to reset, then retry the job."),
  forge_rejected: permanent("Correct what the forge's own words in the message name."),
  forge_unavailable: passing("Look at the forge's status page: its API does not answer. Then retry the job."),
  host_full: passing('Nothing: another host takes the job.'),
  host_lost: permanent('Look at the workers: the job lost its host too often.'),
  internal: passing('Report it with the job id.'),
  invalid_config: permanent('Correct the settings that the message names.'),
  invalid_profile: permanent('Correct the profile.'),
  invalid_request: permanent('Correct the request.'),
  model_unavailable: passing("Look at the model provider's status page: the model did not answer."),
  pull_request_rejected: permanent(
    'Read what the forge says, correct the profile or the repository, then retry the job.',
  ),
  profile_not_found: permanent('Choose one of GET /profiles.'),
  push_rejected: permanent('Allow the branch on the remote, or give a token that may push; then retry the job.'),
  rate_limited: passing("Wait for the model provider's limit to reset."),
  ref_not_found: permanent('Choose a base_ref that exists.'),
  remote_unavailable: passing('Look at the git remote: it does not answer. Then retry the job.'),
  repo_auth_failed: permanent(
    'Give the worker a token (GITHUB_TOKEN or the GitHub App, GITLAB_TOKEN, GITEA_TOKEN) or an ssh key that may read and push to the repository, then retry the job.',
  ),
  repo_not_found: permanent('Correct repo_url, or give a token that may see the repository.'),
  sandbox_unavailable: permanent("Install bubblewrap on the worker, or relax the profile's `sandbox`."),
  seat_lost: permanent('Nothing: another host takes the job.'),
  session_not_found: permanent('Submit without the session: its transcript is not on this host.'),
  timeout: permanent("Raise the profile's timeout, or ask for less."),
  undelivered_work: permanent(
    'Push the work, or run a job in the worktree that does; or remove it with force, which drops the work.',
  ),
  worktree_busy: permanent('Wait until the other job has ended, or prepare another worktree.'),
  worktree_not_found: permanent('Prepare another worktree: this one is gone.'),
  worktree_not_ready: permanent('Wait until the worktree is ready; GET /worktrees/{id} tells.'),
  worktree_unavailable: permanent("Start the worker that has the worktree's data directory again, then repeat it."),
  unsafe_checkout: permanent(
    "Look at the worktree: the agent changed the repository's git directory in a way that is not delivered.",
  ),
} as const satisfies Record<string, FailureKind>;

export type FailureType = keyof typeof FAILURES;

/** Whether `code` is one of ours. */
export const isFailureType = (code: string): code is FailureType => Object.hasOwn(FAILURES, code);

/** Failures that a retry cannot mend. */
export const PERMANENT: ReadonlySet<FailureType> = new Set(
  (Object.keys(FAILURES) as FailureType[]).filter((type) => FAILURES[type].permanent),
);

/** Longest failure message that is kept (characters); Temporal itself cuts failures in mutable state at 4 KiB. */
const MAX_FAILURE_MESSAGE = 2_000;

/** A failure with a stable code, one human sentence, and (where a wait helps) how long to wait before the next try. */
export class Failure extends Error {
  readonly type: FailureType;
  readonly retryAfterMs: number | undefined;
  /** The field of the request that it is about. */
  readonly field: string | undefined;
  /** Facts for the caller, such as what the failed attempt cost. */
  readonly details: object | undefined;

  constructor(
    type: FailureType,
    message: string,
    options: { retryAfterMs?: number; field?: string; details?: object; cause?: unknown } = {},
  ) {
    super(message.slice(0, MAX_FAILURE_MESSAGE), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Failure';
    this.type = type;
    this.retryAfterMs = options.retryAfterMs;
    this.field = options.field;
    this.details = options.details;
  }
}
