/** Names that more than one process must agree on. No zod here: workflows import this file. */

/** Task queue of the workflow tasks. */
export const WORKFLOW_QUEUE = 'agenticore';

/** Workflow type of a job; a job's id is its workflow id. */
export const JOB_WORKFLOW = 'job';

/** Signal by which holdSeat tells the workflow that a host has taken the job. */
export const SEAT_TAKEN = 'seatTaken';

/** Queue on which seats are asked for: of any host, or of those that have the data directory `disk`. */
export const seatsQueue = (disk?: string): string => (disk === undefined ? 'seats' : `seats@${disk}`);

/** Priority of a job that asks for none; 1 goes first, 5 last. */
export const DEFAULT_PRIORITY = 3;

/** Branch of a job; the full id is used where the short name is taken by another job. */
export const branchName = (jobId: string, full = false): string => `agenticore-${full ? jobId : jobId.slice(0, 8)}`;

/** Owner of everything while no API keys are configured. */
export const LOCAL_OWNER = 'local';
