import { SESSION_FAILURES } from './session-failures.ts';

export interface FailureKind {
  /** What has happened, as a sentence. */
  meaning: string;
  /** True where a retry cannot help; everything else is retried as workflows/activity-options.ts says. */
  permanent: boolean;
  /** What the user should do, in the terms of the API: see contract/http/terms.ts. */
  nextStep: string;
  /** Seconds for which it is tried again, if the step does not end before. */
  patienceS?: number;
  /** The same for a step that waits longer because it has work to deliver; absent: as long as the step says. */
  deliveryPatienceS?: number;
}

const permanent = (meaning: string, nextStep: string): FailureKind => ({ meaning, permanent: true, nextStep });
const transient = (meaning: string, nextStep: string): FailureKind => ({ meaning, permanent: false, nextStep });

/** Every way a job can fail, by the stable code that users see. */
export const FAILURES = {
  ...SESSION_FAILURES,
  agent_auth_failed: permanent(
    'The model provider rejected the credential of the worker, or the worker has none.',
    'Give the worker a valid model credential: for Claude Code set ANTHROPIC_API_KEY, or run `claude setup-token` and set CLAUDE_CODE_OAUTH_TOKEN; for Codex set OPENAI_API_KEY.',
  ),
  agent_failed: permanent(
    'The agent ended with an error of its own.',
    "Read the agent's last message in the output and the events of the job.",
  ),
  agent_missing: permanent(
    'The worker cannot start the agent.',
    'Install the agent on the worker, or set AGENTICORE_CLAUDE_BINARY or AGENTICORE_CODEX_BINARY to its path.',
  ),
  agent_stalled: transient(
    'The agent showed no sign of life for too long.',
    'Look at the last events of the job for what it was doing. Raise `stall_timeout` in the profile if that takes longer.',
  ),
  agent_start_timeout: permanent(
    'The agent did not start in time.',
    'Correct the MCP servers that the message names, or raise AGENTICORE_START_TIMEOUT_S. Then retry the job.',
  ),
  agent_stopped: transient('The agent process ended without a result.', 'Read the log of the worker for the reason.'),
  blocked_host: permanent(
    'The repository is on a private host that the operator has not allowed.',
    'Use another host, or ask the operator to add this one to AGENTICORE_ALLOWED_REPO_HOSTS.',
  ),
  branch_conflict: permanent(
    "The branch on the remote has commits that are not this job's.",
    'Rename or delete that branch on the remote, then retry the job.',
  ),
  cancelled: permanent('The job was cancelled.', 'Submit the job again if it should run after all.'),
  checkout_incomplete: permanent(
    'The job needs files in Git LFS or submodules that the worker cannot bring into the checkout.',
    'Do what the message says, or set `lfs` or `submodules` to `auto`, which goes on without them. Then retry the job.',
  ),
  commit_too_large: permanent(
    'The agent left more files or bytes than the worker delivers.',
    'Retry the job and say in the task what does not belong in the repository; or raise AGENTICORE_MAX_COMMIT_FILES or AGENTICORE_MAX_COMMIT_MB, then retry it.',
  ),
  content_not_found: permanent(
    'A long text or picture of a message is not kept where the worker looks.',
    'Post the message again; with several hosts set AGENTICORE_S3_URL or AGENTICORE_SHARED_FS_ROOT on all of them.',
  ),
  disk_full: permanent(
    "The worker's data disk is full.",
    "Free space on the worker's data disk, then submit the job again.",
  ),
  disk_low: transient(
    "The worker's data disk is nearly full, so the worker takes no new work.",
    'Free space on the disk of that worker; another host takes the job meanwhile.',
  ),
  events_unavailable: transient(
    'The event log cannot be written or read.',
    'Check the event log: the Redis server of REDIS_URL, or the data directory.',
  ),
  engine_unavailable: permanent(
    'The Temporal server does not answer.',
    'Start `agenticore serve`, or set TEMPORAL_ADDRESS to a Temporal server that answers.',
  ),
  expired: permanent(
    'No worker had a free seat for the job before its time was up.',
    'Start more workers or raise AGENTICORE_JOB_TTL, then submit the job again.',
  ),
  forge_auth_failed: permanent(
    'The forge rejected the token of the worker, or the worker has none for this forge.',
    'Give the worker a token that may read the repository and open pull requests (GITHUB_TOKEN or the GitHub App, GITLAB_TOKEN, GITEA_TOKEN), then retry the job.',
  ),
  forge_not_ready: {
    ...transient(
      'The forge does not know yet what was just pushed.',
      'Read the reply of the forge in the message, then retry the job.',
    ),
    patienceS: 300,
    deliveryPatienceS: 300,
  },
  forge_rate_limited: transient(
    'The forge refuses more requests for now.',
    "Wait until the forge's rate limit resets, then retry the job.",
  ),
  forge_rejected: permanent(
    'The forge refused the request.',
    'Correct what the reply of the forge names; the message quotes it.',
  ),
  forge_unavailable: transient(
    'The API of the forge does not answer.',
    "Check the forge's status page, then retry the job.",
  ),
  host_not_found: {
    ...transient(
      'The name of a host cannot be resolved.',
      'Correct `repo_url`, or check the DNS and proxy settings of the worker, then retry the job.',
    ),
    patienceS: 20,
  },
  host_full: transient('The host has no free seat.', 'Nothing to do: another host takes the job.'),
  host_outdated: permanent(
    'Only workers of an older version took the job, and it needs a newer one.',
    'Upgrade the workers to the version of the server, then retry the job.',
  ),
  host_lost: permanent(
    'The job lost its worker too often.',
    'Check the workers: their logs, memory and network. Then retry the job.',
  ),
  internal: transient('agenticore has a defect.', 'Report it with the job id and the log of the server or worker.'),
  invalid_config: permanent('A setting is wrong.', 'Correct the settings that the message names.'),
  invalid_profile: permanent('The profile is not valid.', 'Correct the profile.'),
  invalid_request: permanent('The request is not valid.', 'Correct what the message names.'),
  lfs_failed: permanent(
    'Files in Git LFS cannot be delivered: their objects are missing, or the LFS server refused them.',
    'Do what the message says: install git-lfs on the worker, set `lfs` to `auto`, or give the token the right to upload. Then retry the job; its work is kept.',
  ),
  model_overloaded: permanent(
    'The model was overloaded, or failed, for as long as the session waits for it.',
    "Send the message again later; look at the model provider's status page.",
  ),
  model_unavailable: transient('The model did not answer.', "Check the model provider's status page."),
  pull_request_rejected: permanent(
    'The forge refused to open the pull request.',
    'Read the reply of the forge in the message, correct the profile or the repository, then retry the job.',
  ),
  profile_not_found: permanent('There is no profile with this name.', 'Choose one of `GET /profiles`.'),
  push_rejected: permanent(
    'The remote refused the push.',
    'Allow the branch on the remote, or use a token that may push. Then retry the job.',
  ),
  rate_limited: transient(
    'The model provider refuses more requests for now.',
    "Wait until the model provider's limit resets.",
  ),
  ref_not_found: permanent('The repository has no such branch, tag or commit.', 'Choose a `base_ref` that exists.'),
  remote_unavailable: transient('The git remote does not answer.', 'Check the git remote, then retry the job.'),
  repo_auth_failed: permanent(
    'The git remote rejected the credential of the worker, or the worker has none for it.',
    'Give the worker a token (GITHUB_TOKEN or the GitHub App, GITLAB_TOKEN, GITEA_TOKEN) or an ssh key that may read and push to the repository, then retry the job.',
  ),
  repo_incomplete: permanent(
    'The repository does not give out the commit at its HEAD.',
    'Put HEAD of the repository on a branch, and complete it with `git fetch --unshallow` where it is shallow; then retry the job.',
  ),
  repo_not_found: permanent(
    'The repository does not exist, or the credential of the worker cannot see it.',
    'Correct `repo_url`, or use a token that may see the repository.',
  ),
  sandbox_unavailable: permanent(
    'The profile needs a sandbox that the worker cannot set up.',
    "Install bubblewrap on the worker, or relax the profile's `sandbox`.",
  ),
  seat_lost: permanent('The worker no longer holds the job.', 'Nothing to do: another host takes the job.'),
  session_not_found: permanent(
    'There is no session with this id, or it cannot be resumed.',
    'Find a session with `GET /sessions`. For a job take `session_id` from the record of one that has ended, or submit without it.',
  ),
  setup_failed: permanent(
    'A `setup` command of the profile did not pass, so the agent was not started.',
    'Read the output of the command in the events of the job; correct the repository or `setup` in the profile, then retry the job.',
  ),
  signing_failed: permanent(
    'The commits cannot be signed as the profile says.',
    'Correct the key of the worker (AGENTICORE_SSH_SIGNING_KEY, AGENTICORE_GPG_SIGNING_KEY, the GitHub App), or `commit_signing` in the profile; then retry the job.',
  ),
  store_unavailable: transient(
    'The store of long messages and transcripts cannot be written or read.',
    'Check the store: the bucket of AGENTICORE_S3_URL, the directory of AGENTICORE_SHARED_FS_ROOT, or the data directory.',
  ),
  submodule_not_pushed: permanent(
    'The agent moved a submodule to a commit that the repository of the submodule does not have.',
    'Retry the job and say in the task that submodules stay as they are; or push the commit of the submodule from the worktree, which is kept, and retry the job.',
  ),
  timeout: permanent("The agent reached the profile's timeout.", 'Raise the timeout, or make the task smaller.'),
  undelivered_work: permanent(
    'The worktree holds work that is not on any remote.',
    'Push the work, or run a job in the worktree that pushes it; or remove the worktree with `force`, which deletes the work.',
  ),
  verify_failed: permanent(
    'A `verify` command of the profile did not pass, and the agent could not fix it.',
    'Read the output of the command in the events of the job, then retry the job: its agent goes on with the work, which is kept.',
  ),
  work_not_on_branch: permanent(
    'The agent left its work in the stash, on other branches or in other worktrees, and nothing on its branch.',
    'Retry the job from its session, which tells the agent; or take the work from the worktree, which is kept.',
  ),
  worktree_busy: permanent(
    'Another job uses the worktree.',
    'Wait until the other job has ended, or prepare another worktree.',
  ),
  worktree_not_found: permanent('There is no such worktree.', 'Choose one of `GET /worktrees`, or prepare another.'),
  worktree_not_ready: permanent(
    'The worktree is not ready for jobs, or is being removed.',
    'Wait until `GET /worktrees/{id}` shows it as ready.',
  ),
  worktree_unavailable: permanent(
    'No running worker has the disk of the worktree.',
    "Start the worker with the worktree's data directory again, then repeat the request.",
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
