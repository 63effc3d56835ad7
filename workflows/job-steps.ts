import { ApplicationFailure } from '@temporalio/workflow';
import { defined } from '../contract/shared/defined.ts';
import type { RefusedProfile } from '../contract/workflow/steps.ts';
import { firstTurn, type Prepared } from './agent-turn.ts';
import { chooseAutoProfile } from './choose-profile.ts';
import { openPullRequest, push, recordPushed } from './delivery.ts';
import { isPushed, type JobOnHost, type RemoteState } from './job-context.ts';
import { reviewWork } from './review.ts';
import { setUp } from './set-up.ts';

/**
 * A job on one host, step by step. What an earlier host has done, or the job that it tries again, is not done again.
 */
export async function runSteps(on: JobOnHost): Promise<void> {
  const { job, seat } = on;
  job.progress.take(seat);
  await createRepository(on);
  await chooseAutoProfile(on);
  const remote = await seeRemote(on);
  if (isPushed(job.done, remote)) {
    const profile = job.done.profile ?? (await prepare(on, remote)).profile;
    await recordPushed(on, remote, profile);
  } else {
    await work(on, remote, await prepare(on, remote));
  }
  await openPullRequest(on, remote);
}

async function createRepository({ job, at, steps }: JobOnHost): Promise<void> {
  const { repo_url, create_repo, private: isPrivate = true } = job.spec;
  if (repo_url === undefined || !create_repo) return;
  job.progress.enter('creating_repository');
  await steps.createRepository({ ...at, repo_url, private: isPrivate });
}

/** Undefined where there is no repository. */
export async function seeRemote({ job, seat, at, steps }: JobOnHost): Promise<RemoteState | undefined> {
  const { repo_url, base_ref, retry } = job.spec;
  if (repo_url === undefined) return undefined;
  job.progress.enter('updating_mirror');
  const { recorded, branch } = job.done;
  const branch_of = retry?.first_job_id;
  const { profile } = job.spec;
  const known = {
    repo_url,
    profile,
    recorded: [...recorded],
    ...defined({ base_ref, base: job.done.base, branch_of, branch }),
  };
  const mirror = await steps.updateMirror({ ...at, ...known });
  const base = job.done.base ?? mirror.base;
  const remote = { repo_url, ...mirror, base };
  job.achieve({ base, remote: { ...remote, attempt: seat.attempt } });
  job.progress.note({ base_ref: base.ref, base_sha: base.sha });
  return remote;
}

/** Makes the worktree and writes the profile for the agent. */
async function prepare(on: JobOnHost, remote: RemoteState | undefined): Promise<Prepared> {
  const { job, seat, at, steps } = on;
  job.progress.enter('creating_worktree');
  const { task, ...request } = job.spec;
  const { retry } = request;
  const adopt = retry === undefined || retry.from === 'start' ? undefined : retry.job_id;
  const { repo_url, base, branch } = remote ?? {};
  const set_up = job.done.setups[seat.disk] === undefined ? undefined : true;
  const known = defined({ repo_url, base, branch, adopt, set_up });
  const prepared = await steps.prepareWork({ ...at, attempt: seat.attempt, request, plan: job.plan, ...known });
  const { worktree } = prepared;
  const worktree_path = worktree.path;
  if ('refused' in prepared) {
    job.progress.enter('materializing_profile', { worktree_path });
    throw refusedProfile(prepared.refused);
  }
  const { profile } = prepared;
  job.achieve({ profile });
  job.progress.note({ worktree_path, session_id: profile.session_id });
  if (worktree.incomplete && remote !== undefined) await completeCheckout(on, remote);
  return { worktree, profile };
}

export const refusedProfile = ({ code, message }: RefusedProfile): ApplicationFailure =>
  ApplicationFailure.nonRetryable(message, code);

async function completeCheckout({ job, at, steps }: JobOnHost, { repo_url, base }: RemoteState): Promise<void> {
  job.progress.enter('creating_worktree');
  await steps.completeCheckout({ ...at, repo_url, base });
}

/** Has the work done, and pushes it, if anything has changed. */
async function work(on: JobOnHost, remote: RemoteState | undefined, prepared: Prepared): Promise<void> {
  const { worktree, profile } = prepared;
  await setUp(on, worktree, profile);
  await firstTurn(on, remote, prepared);
  const sha = await reviewWork(on, remote, prepared);
  if (remote !== undefined && sha !== null && profile.deliver !== 'none') await push(on, remote, profile, sha);
}
