import { Context } from '@temporalio/activity';
import type { SeatStep } from '../contract/workflow/seat.ts';
import { commitWork } from './commit-work.ts';
import { createRepository } from './create-repository.ts';
import { createWorktree } from './create-worktree.ts';
import { deliver } from './deliver.ts';
import type { Deps } from './deps.ts';
import { createDropWorktree } from './drop-worktree.ts';
import { emit } from './event-writer.ts';
import { toTemporalFailure } from './failure.ts';
import { createHoldSeat } from './hold-seat.ts';
import { materializeProfile } from './materialize-profile.ts';
import { openPullRequest } from './open-pull-request.ts';
import { createPauseJob } from './pause-job.ts';
import { createLeaveWorktree, prepareWorktree } from './prepare-worktree.ts';
import { createRemoveWorktree } from './remove-worktree.ts';
import { runAgent } from './run-agent.ts';
import { routeProfile } from './choose-profile.ts';
import type { HeldSeat } from './seats.ts';
import { shipTranscript } from './ship-transcript.ts';
import { updateMirror } from './update-mirror.ts';

/** What one step gets: the tools, its input, its seat, and a signal that aborts when it must end. */
export type Step<Input extends SeatStep, Result> = (
  deps: Deps,
  input: Input,
  seat: HeldSeat,
  signal: AbortSignal,
) => Promise<Result>;

const told =
  <Input, Result>(activity: (input: Input) => Promise<Result>) =>
  async (input: Input): Promise<Result> => {
    try {
      return await activity(input);
    } catch (error) {
      throw toTemporalFailure(error);
    }
  };

/** The activities of a host. Each fails with an ApplicationFailure whose type is one of contract/shared/failures.ts. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the inferred type is the contract
export function createActivities(deps: Deps) {
  const onSeat = <Input extends SeatStep, Result>(stage: string, step: Step<Input, Result>) =>
    told(async (input: Input): Promise<Result> => {
      const seat = deps.seats.get(input.token);
      return seat.run(Context.current().cancellationSignal, async (signal) => {
        await emit(deps, seat, [{ type: 'stage', stage, host: deps.settings.host }]);
        return step(deps, input, seat, signal);
      });
    });
  /** A step of what is no job and has no events. */
  const silent = <Input extends SeatStep, Result>(step: Step<Input, Result>) =>
    told((input: Input): Promise<Result> => {
      const seat = deps.seats.get(input.token);
      return seat.run(Context.current().cancellationSignal, (signal) => step(deps, input, seat, signal));
    });
  return {
    holdSeat: told(createHoldSeat(deps)),
    createRepository: onSeat('creating_repository', createRepository),
    updateMirror: onSeat('updating_mirror', updateMirror),
    createWorktree: onSeat('creating_worktree', createWorktree),
    routeProfile: onSeat('routing_profile', routeProfile),
    materializeProfile: onSeat('materializing_profile', materializeProfile),
    runAgent: onSeat('running_agent', runAgent),
    commitWork: onSeat('committing', commitWork),
    deliver: onSeat('delivering', deliver),
    openPullRequest: onSeat('opening_pull_request', openPullRequest),
    shipTranscript: onSeat('shipping_transcript', shipTranscript),
    pauseJob: told(createPauseJob(deps)),
    removeWorktree: told(createRemoveWorktree(deps)),
    prepareWorktree: silent(prepareWorktree),
    leaveWorktree: told(createLeaveWorktree(deps)),
    dropWorktree: told(createDropWorktree(deps)),
  };
}

export type Activities = ReturnType<typeof createActivities>;
