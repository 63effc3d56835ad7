import { Failure, PERMANENT } from '../contract/shared/failures.ts';
import type { PreparedWork, ProfileFacts, RefusedProfile, WorkStep } from '../contract/workflow/steps.ts';
import { fillWorktree, openPlace } from './create-worktree.ts';
import { setUpAgent } from './set-up-agent.ts';
import type { Step } from './step.ts';
import { tellStage } from './tell-stage.ts';

/**
 * Makes the job's worktree and, meanwhile, sets its agent up. A profile that is wrong for good is no failure of the
 * step: it is told with the worktree, which may hold work.
 */
export const prepareWork: Step<WorkStep, PreparedWork> = async (deps, step, seat, signal) => {
  const place = await openPlace(deps, step, seat, signal);
  await tellStage(deps, step.job_id, seat, 'materializing_profile');
  // Neither is to go on when the step is over.
  const [worktree, profile] = await Promise.allSettled([
    fillWorktree(deps.settings, step, place, signal),
    orRefused(setUpAgent(deps, step, signal)),
  ]);
  if (worktree.status === 'rejected') throw worktree.reason;
  if (profile.status === 'rejected') throw profile.reason;
  return { worktree: worktree.value, ...profile.value };
};

const orRefused = (facts: Promise<ProfileFacts>): Promise<{ profile: ProfileFacts } | { refused: RefusedProfile }> =>
  facts.then(
    (profile) => ({ profile }),
    (error: unknown) => {
      if (!(error instanceof Failure) || !PERMANENT.has(error.type)) throw error;
      return { refused: { code: error.type, message: error.message } };
    },
  );
