import { defined } from '../contract/shared/defined.ts';
import type { Commit, DeliverStep } from '../contract/workflow/delivery.ts';
import { fullName } from '../contract/workflow/names.ts';
import type { JobSpec } from '../contract/workflow/job-spec.ts';
import type { SeatStep } from '../contract/workflow/seat.ts';
import type { ProfileFacts } from '../contract/workflow/steps.ts';
import type { JobOnHost, RemoteState } from './job-context.ts';
import { describeEnd } from './job-failure.ts';
import { recordedWith } from './memo-limits.ts';

/** Longest subject of a commit, as git's own tools assume it (characters). */
const MAX_SUBJECT = 72;

/** Half a character at the end. */
const HALF = /[\ud800-\udbff]$/;

/** Most characters of the agent's last words that a pull request shows. */
const MAX_SUMMARY = 20_000;

/**
 * Commits what the agent left. The sha stands in the job's history before anything is pushed; it is not that of a
 * delivery while the agent has a problem to mend.
 */
export async function commitWork(
  { job, at, steps }: JobOnHost,
  { repo_url, base, branch }: RemoteState,
): Promise<Pick<Commit, 'sha' | 'problem'>> {
  const { commit, recorded: before, profile: facts } = job.done;
  if (commit !== undefined) return commit;
  const subject = job.spec.task.trim().split('\n', 1)[0]?.slice(0, MAX_SUBJECT).replace(HALF, '') ?? '';
  const { profile } = job.spec;
  const step = { ...at, repo_url, base, branch, subject, profile, ...defined({ commits: facts?.commits }) };
  const onForge = facts?.commits?.signing === 'forge';
  const { commitWork } = onForge ? steps.delivery(facts.delivery_timeout_s) : steps;
  const { sha, warnings, keep, problem } = await commitWork(step);
  job.progress.warn(warnings);
  if (problem !== undefined) return { sha, problem };
  const recorded = sha === null ? before : recordedWith(before, sha);
  job.achieve({ commit: { sha, ...defined({ keep }) }, recorded });
  job.progress.note({ sha, recorded: [...recorded] });
  return { sha };
}

/** Pushes the commit: to the branch, or to that of the longer name where the short one has been taken meanwhile. */
export async function push(on: JobOnHost, remote: RemoteState, profile: ProfileFacts, sha: string): Promise<void> {
  const { job } = on;
  job.progress.enter('delivering');
  const fast_forward = job.spec.worktree === undefined ? undefined : true;
  const may_fork = profile.pull_request === undefined ? undefined : true;
  const how = { sha, ...defined({ fast_forward, may_fork, pull_request: may_fork }) };
  const pushTo = (branch: string): Promise<void> => deliverTo(on, branch, remote, profile, how);
  await pushTo(remote.branch).catch((error: unknown) => pushTo(otherBranch(on, remote, error)));
}

/** Records what was pushed before: by a host that died of it, or by the job that this one tries again. */
export async function recordPushed(
  on: JobOnHost,
  remote: RemoteState | undefined,
  profile: ProfileFacts,
): Promise<void> {
  const { job } = on;
  const { commit, delivery } = job.done;
  if (remote === undefined || !commit?.sha || delivery !== undefined) return;
  job.progress.enter('delivering');
  const pull_request = profile.pull_request === undefined ? undefined : true;
  await deliverTo(on, remote.branch, remote, profile, { sha: commit.sha, ...defined({ pull_request }) });
}

/** Has the commit on `branch`, and records what is there. */
async function deliverTo(
  { job, at, steps }: JobOnHost,
  branch: string,
  { repo_url, base, branch: expected, tip }: RemoteState,
  { delivery_timeout_s }: ProfileFacts,
  how: Pick<DeliverStep, 'sha' | 'fast_forward' | 'may_fork' | 'pull_request'>,
): Promise<void> {
  const { deliver } = steps.delivery(delivery_timeout_s);
  const recorded = [...job.done.recorded];
  const branch_of = ownerOf(job.spec, at);
  const seen = branch === expected ? tip : null;
  const delivery = await deliver({ ...at, repo_url, base, branch, branch_of, recorded, seen, ...how });
  job.achieve({ branch, delivery });
  job.progress.warn(delivery.warnings);
  job.progress.note({ branch, diff: delivery.diff });
}

/** Whose name the branch bears. */
const ownerOf = ({ retry, worktree }: JobSpec, { job_id }: SeatStep): string =>
  worktree?.worktree_id ?? retry?.first_job_id ?? job_id;

/** The longer name of the branch; throws `error` where that does not help. */
function otherBranch({ job, at }: JobOnHost, remote: RemoteState, error: unknown): string {
  const { worktree } = job.spec;
  const full = fullName(remote.branch, ownerOf(job.spec, at));
  if (worktree !== undefined || remote.branch === full || describeEnd(error).code !== 'branch_conflict') throw error;
  return full;
}

/** Opens the pull request for what is pushed, where the profile wants one. */
export async function openPullRequest({ job, at, steps }: JobOnHost, remote: RemoteState | undefined): Promise<void> {
  const { commit, profile, answer, delivery, review } = job.done;
  const options = profile?.pull_request;
  if (profile === undefined || options === undefined || remote === undefined || !commit?.sha) return;
  if (delivery?.no_forge) return;
  const branch = job.done.branch ?? remote.branch;
  const { warnings, cost_usd, checks } = job.progress.now;
  const verdict = review.verdict ?? undefined;
  const draft = options.draft || (verdict !== undefined && profile.verify?.on_failure === 'draft');
  const base = options.base ?? remote.pull_request_base;
  job.progress.enter('opening_pull_request', { branch });
  const opened = await steps.delivery(profile.delivery_timeout_s).openPullRequest({
    ...at,
    repo_url: remote.repo_url,
    base,
    branch,
    options: { ...options, draft },
    profile: job.spec.profile,
    agent: profile.agent,
    summary: answer?.output.slice(0, MAX_SUMMARY) ?? '',
    cost_usd,
    warnings,
    checks,
    ...defined({ fork_owner: delivery?.fork_owner, verdict }),
  });
  job.progress.warn(opened.warnings);
  job.progress.note({ pr_url: opened.pr_url });
}
