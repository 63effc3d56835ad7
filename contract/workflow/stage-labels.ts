import type { JobStage } from './job-progress.ts';

const STAGES: Record<JobStage, string> = {
  queued: 'waiting for a seat',
  creating_repository: 'creating the repository',
  updating_mirror: 'updating the mirror of the repository',
  creating_worktree: 'creating the worktree',
  routing_profile: 'choosing the profile',
  materializing_profile: 'preparing the profile',
  running_agent: 'running the agent',
  waiting_for_model: "waiting for the end of the model's limit",
  committing: 'committing',
  delivering: 'delivering the branch',
  opening_pull_request: 'opening the pull request',
  shipping_transcript: 'keeping the transcript',
};

/** A stage in words; one that a newer server knows, by its name. */
export const stageWords = (stage: string): string =>
  Object.hasOwn(STAGES, stage) ? STAGES[stage as JobStage] : stage.replaceAll('_', ' ');
