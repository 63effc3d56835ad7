/** What a job can be doing, in the order in which it does it. */

/** How far a job has come: nothing is done yet, the agent has begun, what it did is committed. */
export type Phase = 'before' | 'agent' | 'delivery';

/** Every stage: its label, as the end of "the job is …", and its phase, by which a retry knows where it can begin. */
const JOB_STAGES = {
  queued: { label: 'waiting for a seat', phase: 'before' },
  creating_repository: { label: 'creating the repository', phase: 'before' },
  routing_profile: { label: 'choosing the profile', phase: 'before' },
  updating_mirror: { label: 'updating the mirror of the repository', phase: 'before' },
  creating_worktree: { label: 'creating the worktree', phase: 'before' },
  materializing_profile: { label: 'preparing the profile', phase: 'before' },
  setting_up: { label: 'running setup', phase: 'before' },
  running_agent: { label: 'running the agent', phase: 'agent' },
  waiting_for_model: { label: "waiting for the end of the model's limit", phase: 'agent' },
  committing: { label: 'committing', phase: 'agent' },
  verifying: { label: 'running verify', phase: 'agent' },
  delivering: { label: 'delivering the branch', phase: 'delivery' },
  opening_pull_request: { label: 'opening the pull request', phase: 'delivery' },
  shipping_transcript: { label: 'storing the transcript', phase: 'delivery' },
} as const satisfies Record<string, { label: string; phase: Phase }>;

export type JobStage = keyof typeof JOB_STAGES;

const isStage = (stage: string): stage is JobStage => Object.hasOwn(JOB_STAGES, stage);

/** The label of a stage; of one that only a newer server knows, its name. */
export const stageLabel = (stage: string): string =>
  isStage(stage) ? JOB_STAGES[stage].label : stage.replaceAll('_', ' ');

/** The phase of a stage; undefined for one that only a newer server knows. */
export const phaseOf = (stage: string): Phase | undefined => (isStage(stage) ? JOB_STAGES[stage].phase : undefined);
