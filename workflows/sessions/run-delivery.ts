import { ApplicationFailure } from '@temporalio/workflow';
import { defined } from '../../contract/shared/defined.ts';
import type { JobInput } from '../../contract/workflow/job-spec.ts';
import type { DeliveredWork, RunInput } from '../../contract/workflow/run-state.ts';
import type { ProfileFacts } from '../../contract/workflow/steps.ts';
import { hostSteps } from '../activity-options.ts';
import { commitWork, openPullRequest, push } from '../delivery.ts';
import { Job, type JobOnHost } from '../job-context.ts';
import { seeRemote } from '../job-steps.ts';
import type { RunOnHost } from './run-place.ts';
import { turnSteps } from './run-options.ts';

/**
 * Delivers what a session's agents have made, as a job does: commits it, pushes it behind the fence of jobs, and opens
 * the pull request that the profile wants, or adds to it.
 */
export async function deliverWork(on: RunOnHost): Promise<DeliveredWork> {
  const { input, run, seat, at } = on;
  const { profile, base, branch, recorded } = run.place;
  if (profile === null) throw nothing('the session has not worked yet: there is nothing to deliver');
  await turnSteps(seat, input.seat_timeout_s).endAgent(at);
  const job = new Job(jobOf(input), 'delivery');
  job.achieve({
    ...{ profile, recorded, answer: { output: input.last_output } },
    ...defined({ base: base ?? undefined, branch: branch ?? undefined }),
  });
  const steps = hostSteps(seat, input.seat_timeout_s, profile.delivery_timeout_s);
  const delivered = await deliver({ job, seat, at, steps }, profile);
  run.warn(job.progress.now.warnings);
  run.settle({ recorded: job.done.recorded, branch: delivered.branch ?? branch });
  run.show({ delivered });
  return delivered;
}

async function deliver(on: JobOnHost, profile: ProfileFacts): Promise<DeliveredWork> {
  const { job } = on;
  const remote = await seeRemote(on);
  if (remote === undefined) throw nothing('the session has no repository to deliver to');
  if (profile.deliver === 'none') throw nothing('the profile of the session delivers nothing');
  const { sha, problem } = await commitWork(on, remote);
  if (problem !== undefined) throw ApplicationFailure.nonRetryable(problem.message, problem.code);
  if (sha === null) return { branch: null, sha, pr_url: null, diff: null };
  await push(on, remote, profile, sha);
  await openPullRequest(on, remote);
  const { branch, pr_url, diff } = job.progress.now;
  return { branch, sha, pr_url, diff };
}

const nothing = (message: string): ApplicationFailure => ApplicationFailure.nonRetryable(message, 'invalid_request');

/** The delivery as a job whose agent has answered. */
function jobOf({ spec, owner, seat_timeout_s, ttl_s, brief }: RunInput): JobInput {
  const { profile, repo_url, base_ref, title } = spec;
  const task = brief.delivery?.title ?? title ?? brief.message.text;
  return {
    spec: { task, profile, profile_reason: 'session', ...defined({ repo_url, base_ref }) },
    // The run itself is indexed.
    ...{ owner, seat_timeout_s, ttl_s, indexed: false },
  };
}
