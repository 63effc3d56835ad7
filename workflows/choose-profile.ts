import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import { defined } from '../contract/shared/defined.ts';
import type { ProfileChoice } from '../contract/workflow/job-progress.ts';
import { isHostLoss } from './host-loss.ts';
import type { JobOnHost } from './job-context.ts';

/** Characters of a task by which its profile is chosen. */
const MAX_TASK = 8_192;

/**
 * Lets a model choose the profile of a job with profile `auto`, once, however many hosts the job comes to. Fails with
 * the host and by cancellation alone. Does nothing for any other job.
 */
export async function chooseAutoProfile(on: JobOnHost): Promise<void> {
  const { job } = on;
  const { fallback_profile } = job.spec;
  if (fallback_profile === undefined || job.done.choice !== undefined) return;
  job.progress.enter('routing_profile');
  const choice = await choose(on, fallback_profile);
  job.achieve({ choice });
  job.progress.choose(choice);
}

async function choose({ job, at, steps }: JobOnHost, fallback_profile: string): Promise<ProfileChoice> {
  const { task, repo_url } = job.spec;
  const step = { ...at, task: task.slice(0, MAX_TASK), fallback_profile, ...defined({ repo_url }) };
  try {
    return await steps.routeProfile(step);
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error) || isHostLoss(error)) throw error;
    const why = error.cause?.message ?? error.message;
    return { profile: fallback_profile, reason: `${why}, default` };
  }
}
