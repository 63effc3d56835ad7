/** Names that more than one process must agree on. No zod here: workflows import this file. */

/** Task queue of the workflow tasks. */
export const WORKFLOW_QUEUE = 'agenticore';

/** Workflow types; what they make is known by the id of the workflow. */
export const JOB_WORKFLOW = 'job';
export const PLAN_WORKFLOW = 'plan';
export const WORKTREE_WORKFLOW = 'worktree';
/** What a job runs as: one that makes a plan has a type of its own. */
export type JobType = typeof JOB_WORKFLOW | typeof PLAN_WORKFLOW;
export type WorkflowType = JobType | typeof WORKTREE_WORKFLOW;

/** Signal by which holdSeat tells the workflow that a host has taken the job. */
export const SEAT_TAKEN = 'seatTaken';

/** Queue on which seats are asked for: of any host, or of those that have the data directory `disk`. */
export const seatsQueue = (disk?: string): string => (disk === undefined ? 'seats' : `seats@${disk}`);

/** Queue of the hosts that have the data directory `disk`, for what needs its files and no seat. */
export const filesQueue = (disk: string): string => `files@${disk}`;

/** Priority of a job that asks for none; 1 goes first, 5 last. */
export const DEFAULT_PRIORITY = 3;

/** Branch of a job; the full id is used where the short name is taken by another job. */
export const branchName = (jobId: string, full = false): string => `agenticore-${full ? jobId : jobId.slice(0, 8)}`;

/** What stands in place of a profile's name where a model chooses; no profile is called so. */
export const AUTO_PROFILE = 'auto';

/** Owner of everything while no API keys are configured. */
export const LOCAL_OWNER = 'local';
