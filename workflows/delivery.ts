import { patched } from '@temporalio/workflow';
import type { DeliverStep, Delivery } from '../contract/workflow/delivery.ts';
import { branchName } from '../contract/workflow/names.ts';
import type { ProfileFacts } from '../contract/workflow/steps.ts';
import { recordedWith } from './memo-limits.ts';
import type { HostRun } from './job-context.ts';
import { describeEnd } from './job-failure.ts';

/** Commits what the agent left. The sha stands in the job's history before anything is pushed. */
export async function commitWork({ steps, at, progress, input, work, remote }: HostRun): Promise<string | null> {
  if (remote === undefined) return null;
  if (work.sha !== undefined) return work.sha;
  const { sha } = await steps.commitWork({ ...at, ...remote, message: input.request.task });
  work.sha = sha;
  if (sha !== null) work.recorded = recordedWith(work.recorded, sha);
  progress.show({ sha, recorded: [...work.recorded] });
  return sha;
}

/** Commits and pushes what the agent has changed, if anything. */
export async function deliver(run: HostRun, profile: ProfileFacts): Promise<void> {
  const { steps, at, progress, work, remote, input } = run;
  progress.enter('committing');
  const sha = await commitWork(run);
  if (remote === undefined || sha === null) return;
  progress.enter('delivering');
  const what: DeliverStep = {
    ...{ ...at, ...remote, sha, recorded: work.recorded },
    ...(input.request.worktree === undefined ? {} : { fast_forward: true }),
    ...(profile.pull_request === undefined ? {} : { may_fork: true }),
  };
  const push = (branch: string): Promise<Delivery> =>
    steps.delivery(profile.delivery_timeout_s).deliver({ ...what, branch });
  const done = await push(remote.branch).catch((error: unknown) => {
    remote.branch = otherBranch(run, error);
    return push(remote.branch);
  });
  record(run, remote.branch, done);
}

/** Records what is on the branch. Jobs that began under earlier versions have no statistics. */
function record({ work, progress }: HostRun, branch: string, delivery: Delivery | undefined): void {
  if (delivery !== undefined) work.delivery = delivery;
  work.branch = branch;
  progress.show({ branch, diff: delivery?.diff ?? null });
}

/**
 * Records what is on a branch that was pushed before: by a host that died of it, or by the job that this one tries
 * again.
 */
async function recordPushed(run: HostRun): Promise<void> {
  const { steps, at, progress, work, remote } = run;
  const { sha, delivery, recorded, profile } = work;
  if (remote === undefined || !sha || delivery !== undefined || !patched('pushed-is-recorded')) return;
  progress.enter('delivering');
  const before = await steps.delivery(profile?.delivery_timeout_s).deliver({ ...at, ...remote, sha, recorded });
  record(run, remote.branch, before);
}

/**
 * The longer name of the branch, where its short one has been taken meanwhile; throws `error` where that does not help.
 */
function otherBranch({ at, remote, input }: HostRun, error: unknown): string {
  const { retry, worktree } = input.request;
  const full = branchName(retry?.first_job_id ?? at.job_id, true);
  if (worktree !== undefined || remote?.branch === full || describeEnd(error).code !== 'branch_conflict') throw error;
  return full;
}

/** Opens the pull request for what is pushed, where the profile wants one. */
export async function openPullRequest(run: HostRun): Promise<void> {
  await recordPushed(run);
  const { steps, at, progress, work, remote, input } = run;
  const { pull_request: options, delivery_timeout_s } = work.profile ?? {};
  if (options === undefined || remote === undefined || !work.sha) return;
  const { warnings, cost_usd } = progress.now;
  const base = options.base ?? remote.pull_request_base;
  if (base == null) {
    progress.show({
      warnings: [...warnings, 'No pull request was opened: the repository had no branch to merge into.'],
    });
    return;
  }
  progress.enter('opening_pull_request', { branch: remote.branch });
  const { fork_owner } = work.delivery ?? {};
  const { task, profile, repo_url = '' } = input.request;
  const opened = await steps.delivery(delivery_timeout_s).openPullRequest({
    ...at,
    ...{ repo_url, base, options, task, profile, cost_usd, branch: remote.branch, output: work.output ?? '' },
    ...(fork_owner === undefined ? {} : { fork_owner }),
  });
  progress.show({ pr_url: opened.pr_url, warnings: [...warnings, ...opened.warnings] });
}
