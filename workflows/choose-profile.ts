import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import type { ProfileChoice } from '../contract/workflow/job-progress.ts';
import type { JobInput } from '../contract/workflow/job-spec.ts';
import type { HostRun } from './job-context.ts';
import { isHostLoss } from './host-loss.ts';

/** Characters of a task by which its profile is chosen. */
const MAX_TASK = 8_192;

/**
 * Lets a model choose the profile of a job with profile `auto`, once, however many hosts the job comes to; from then on
 * it is the profile of `run`. Fails with the host and by cancellation alone. Does nothing for any other job.
 */
export async function routeProfile(run: HostRun): Promise<void> {
  const { input, work, progress } = run;
  const { fallback_profile } = input.request;
  if (fallback_profile === undefined || work.choice !== undefined) return;
  progress.enter('routing_profile');
  work.choice = await choose(run, fallback_profile);
  progress.choose(work.choice);
  run.input = withChoice(input, work.choice);
}

/** What the job was given, with the chosen profile as its own. */
export const withChoice = (input: JobInput, choice: ProfileChoice | undefined): JobInput =>
  choice === undefined ? input : { ...input, request: { ...input.request, profile: choice.profile } };

async function choose({ input, at, steps }: HostRun, fallback_profile: string): Promise<ProfileChoice> {
  const { task, repo_url } = input.request;
  const asked = { task: task.slice(0, MAX_TASK), fallback_profile, ...(repo_url === undefined ? {} : { repo_url }) };
  try {
    return await steps.routeProfile({ ...at, ...asked });
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error) || isHostLoss(error)) throw error;
    const why = error.cause?.message ?? error.message;
    return { profile: fallback_profile, reason: `${why}, default` };
  }
}
