import type { JobRecord } from '../../contract/http/job-record.ts';
import { defined } from '../../contract/shared/defined.ts';
import type { JobInput, JobSpec, Retry, RetryFrom } from '../../contract/workflow/job-spec.ts';
import { phaseOf } from '../../contract/workflow/job-stages.ts';
import { ApiError } from '../http/api-error.ts';
import type { JobExecution } from './record.ts';

/** Refuses what needs no retry, with 409. */
export function checkRetriable({ id, status, ended_at }: JobRecord): void {
  if (ended_at === null) throw new ApiError('job_running', `job ${id} has not ended`);
  if (status === 'succeeded') throw new ApiError('job_succeeded', `job ${id} succeeded`);
}

/** Most characters of the agent's last words that a retry takes over, for its pull request. */
const MAX_OUTPUT = 8_192;

/** A job that is retried. */
export interface Ended {
  job: JobRecord;
  progress: JobExecution['memo']['progress'];
  input: JobInput;
  /** Whether a host runs that has its files. */
  served: boolean;
}

/**
 * The request of the job that retries `ended`, from the place that was asked for, or from the furthest that is
 * possible. Throws 409 `retry_impossible` where that is not possible, or would abandon work without being asked to.
 */
export function retrySpec(ended: Ended, asked: RetryFrom | undefined): JobSpec {
  const possible = { delivery: canDeliver(ended), session: canGoOn(ended), start: true };
  const again = unbegun(ended);
  if (again !== undefined && (asked === undefined || asked === again.from)) return { ...chosen(ended), retry: again };
  if (asked === undefined && !possible.delivery && isOutOfReach(ended))
    throw new ApiError('retry_impossible', `no running host has the work of job ${ended.job.id}`);
  const from = asked ?? (possible.delivery ? 'delivery' : possible.session ? 'session' : 'start');
  if (!possible[from])
    throw new ApiError(
      'retry_impossible',
      `job ${ended.job.id} cannot be retried from its ${from}: it left nothing for that, or no running host has it`,
      'from',
    );
  return { ...chosen(ended), retry: retryOf(ended, from) };
}

/** The request as it came to be understood: a profile that was chosen once is not chosen again. */
function chosen({ job, input }: Ended): JobSpec {
  const { profile, profile_reason } = job;
  if (profile === input.spec.profile) return input.spec;
  const request: JobSpec = { ...input.spec, profile, ...(profile_reason !== null && { profile_reason }) };
  delete request.fallback_profile;
  return request;
}

/**
 * What a retry that did nothing in the worktree was to begin with: it is all there still, under its own name if it came
 * to take it over.
 */
function unbegun({ job, input, served }: Ended): Retry | undefined {
  const { retry } = input.spec;
  return retry !== undefined &&
    phaseOf(job.stage) === 'before' &&
    !(retry.from !== 'delivery' && endedAtTakeover(job) && job.worktree_path !== null) &&
    (served || retry.disk === undefined)
    ? { ...retry, of: job.id, job_id: job.worktree_path === null ? retry.job_id : job.id }
    : undefined;
}

function retryOf({ job, progress, input, served }: Ended, from: RetryFrom): Retry {
  const { disk, session_id, sha, base_ref, branch, output } = job;
  const files = served && disk !== null && from !== 'start' ? { disk } : {};
  const session =
    session_id !== null && disk !== null && from === 'session' ? { session_id, job_id: job.id, disk } : null;
  return {
    of: job.id,
    job_id: job.id,
    first_job_id: input.spec.retry?.first_job_id ?? job.id,
    from,
    worktree: job.worktree_path !== null,
    recorded: progress?.recorded ?? (sha === null ? [] : [sha]),
    checks: from === 'start' ? [] : (progress?.checks ?? []),
    ...defined({ verdict: from === 'delivery' ? progress?.verdict : undefined }),
    ...defined({ problem: from === 'session' ? problemOf(job) : undefined }),
    // A profile that now says another prefix changes nothing for what is delivered.
    ...defined({ branch: branch ?? undefined }),
    ...files,
    ...(session === null ? {} : { session }),
    ...(from === 'start' || base_ref === null ? {} : { base: { ref: base_ref, sha: progress?.base_sha ?? null } }),
    ...(from === 'delivery' && sha !== null ? { sha, output: (output ?? '').slice(0, MAX_OUTPUT) } : {}),
  };
}

/** What the agent is told to mend: that its work did not pass, or could not be committed. */
const problemOf = ({ error, error_code }: JobRecord): string | undefined =>
  error !== null && (error_code === 'verify_failed' || error_code === 'agent_failed') ? error : undefined;

/** Whether its agent had begun. */
const hasBegun = ({ stage }: JobRecord): boolean => ['agent', 'delivery'].includes(phaseOf(stage) ?? '');

/** Whether the job ended on a host that took it over, and did not come to do anything. */
const endedAtTakeover = ({ attempt, stage }: JobRecord): boolean => attempt > 1 && phaseOf(stage) === 'before';

/** What is committed can be delivered where its files are, or where it is pushed already, from anywhere. */
const canDeliver = ({ job, served }: Ended): boolean =>
  job.sha !== null &&
  (phaseOf(job.stage) === 'delivery' || endedAtTakeover(job)) &&
  ((served && job.worktree_path !== null) || job.branch !== null);

/**
 * Whether there is work on a disk that no running host has: it is not done, and paid, a second time unless asked for.
 */
const isOutOfReach = ({ job, served }: Ended): boolean => !served && job.worktree_path !== null;

/** Whether the agent's session can continue. The files of a cancelled job are gone. */
const canGoOn = ({ job, served }: Ended): boolean =>
  job.status !== 'cancelled' &&
  job.session_id !== null &&
  (hasBegun(job) || (endedAtTakeover(job) && job.worktree_path !== null)) &&
  served;
