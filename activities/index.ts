import { Context } from '@temporalio/activity';
import type { CommandStep } from '../contract/workflow/command-steps.ts';
import type { JobStage } from '../contract/workflow/job-stages.ts';
import type { SeatStep } from '../contract/workflow/seat.ts';
import { routeProfile } from './choose-profile.ts';
import { commitWork } from './commit-work.ts';
import { completeWorktree } from './complete-worktree.ts';
import { createRepository } from './create-repository.ts';
import { deliver } from './deliver.ts';
import type { Deps } from './deps.ts';
import { finishSetup } from './finish-setup.ts';
import { dropWorktree } from './drop-worktree.ts';
import { holdSeat } from './hold-seat.ts';
import { openPullRequest } from './open-pull-request.ts';
import { pauseJob } from './pause-job.ts';
import { prepareWork } from './prepare-work.ts';
import { leaveWorktree, prepareWorktree } from './prepare-worktree.ts';
import { removeWorktree } from './remove-worktree.ts';
import { restoreWork } from './restore-work.ts';
import { endTry } from './retries.ts';
import { runAgent } from './run-agent.ts';
import { runCommand } from './run-command.ts';
import { restoreCache } from './setup-cache.ts';
import { answerApproval } from './sessions/answer-approval.ts';
import { closeSession } from './sessions/close-session.ts';
import { endAgent, leaveSession } from './sessions/leave-session.ts';
import { noteEvents } from './sessions/note-events.ts';
import { runTurn } from './sessions/run-turn.ts';
import { toTemporalFailure, type Step, type Task } from './step.ts';
import { tellStage } from './tell-stage.ts';
import { updateMirror } from './update-mirror.ts';
import { markStage } from '../telemetry/in-span.ts';

/** The activities of a host. Each fails with an ApplicationFailure whose type is one of contract/shared/failures.ts. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the inferred type is the contract
export function createActivities(deps: Deps) {
  const task =
    <Input, Result>(run: Task<Input, Result>) =>
    async (input: Input): Promise<Result> => {
      try {
        return await run(deps, input);
      } catch (error) {
        throw toTemporalFailure(error);
      }
    };
  /** A step that writes no stage to an event log; its span may have one. */
  const step = <Input extends SeatStep, Result>(run: Step<Input, Result>, stageOf?: (input: Input) => JobStage) =>
    task(async (_deps, input: Input): Promise<Result> => {
      if (stageOf !== undefined) markStage(stageOf(input));
      const seat = deps.seats.get(input.token);
      const { cancellationSignal } = Context.current();
      const result = await seat.run(cancellationSignal, (signal) => run(deps, input, seat, signal));
      if (hasWarnings(result)) await deps.writers.of(input.job_id).warn(result.warnings);
      return result;
    });
  const stage = <Input extends SeatStep, Result>(name: JobStage, run: Step<Input, Result>) =>
    step<Input, Result>(
      async (_deps, input, seat, signal) => {
        await tellStage(deps, input.job_id, seat, name);
        return run(deps, input, seat, signal).catch(async (error: unknown) => {
          throw await endTry(deps, input.job_id, name, error);
        });
      },
      () => name,
    );
  return {
    holdSeat: task(holdSeat),
    createRepository: stage('creating_repository', createRepository),
    updateMirror: stage('updating_mirror', updateMirror),
    prepareWork: stage('creating_worktree', prepareWork),
    completeCheckout: stage('creating_worktree', completeWorktree),
    routeProfile: stage('routing_profile', routeProfile),
    restoreCache: step(restoreCache, () => 'setting_up'),
    runCommand: step(runCommand, ({ phase }: CommandStep) => (phase === 'setup' ? 'setting_up' : 'verifying')),
    finishSetup: step(finishSetup, () => 'setting_up'),
    runAgent: stage('running_agent', runAgent),
    commitWork: stage('committing', commitWork),
    restoreWork: step(restoreWork, () => 'verifying'),
    deliver: stage('delivering', deliver),
    openPullRequest: stage('opening_pull_request', openPullRequest),
    pauseJob: task(pauseJob),
    removeWorktree: task(removeWorktree),
    prepareWorktree: step(prepareWorktree),
    leaveWorktree: task(leaveWorktree),
    dropWorktree: task(dropWorktree),
    runTurn: stage('running_agent', runTurn),
    endAgent: step(endAgent),
    leaveSession: task(leaveSession),
    answerApproval: task(answerApproval),
    noteEvents: task(noteEvents),
    closeSession: task(closeSession),
  };
}

/** What the user should know of a step that did not fail. */
const hasWarnings = (result: unknown): result is { warnings: string[] } =>
  typeof result === 'object' && result !== null && 'warnings' in result && Array.isArray(result.warnings);

export type Activities = ReturnType<typeof createActivities>;
