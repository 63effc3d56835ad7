/** Names that more than one process must agree on. No zod here: workflows import this file. */

/** Task queue of the workflow tasks. */
export const WORKFLOW_QUEUE = 'agenticore';

/** Workflow types; what they make is known by the id of the workflow. */
export const JOB_WORKFLOW = 'job';
export const PLAN_WORKFLOW = 'plan';
export const WORKTREE_WORKFLOW = 'worktree';
export const SESSION_WORKFLOW = 'session';
export const RUN_WORKFLOW = 'run';
/** How long the server waits for a decision of a worker that took the workflow task and may be cut off. */
export const DECISION_TIMEOUT = '5s';

/** What a job runs as: one that makes a plan has a type of its own. */
export type JobType = typeof JOB_WORKFLOW | typeof PLAN_WORKFLOW;
export type WorkflowType = JobType | typeof WORKTREE_WORKFLOW | typeof SESSION_WORKFLOW | typeof RUN_WORKFLOW;

/** The id of run `number`, from 1, of a session, and of its workflow: it leads to the session. */
export const runIdOf = (sessionId: string, number: number): string => `${sessionId}.${number}`;

/** The session, and the number in it, of a run; undefined where `runId` is none. */
export function sessionOfRun(runId: string): { session_id: string; number: number } | undefined {
  const [, session_id, number] = /^([0-9a-f-]{36})\.([1-9]\d{0,8})$/.exec(runId) ?? [];
  return session_id === undefined ? undefined : { session_id, number: Number(number) };
}

/** The message that starts run `number` of a session: a UUID (version 8) of the number and half of the session's. */
export const messageIdOf = (sessionId: string, number: number): string =>
  `${messagePrefix(sessionId)}${number.toString(16).padStart(12, '0')}`;

/** The number of the run that message `id` of a session starts; undefined where it is not one of that session. */
export function runOfMessage(sessionId: string, id: string): number | undefined {
  const prefix = messagePrefix(sessionId);
  return id.startsWith(prefix) ? Number.parseInt(id.slice(prefix.length), 16) : undefined;
}

const messagePrefix = (sessionId: string): string => `${sessionId.slice(0, 14)}8${sessionId.slice(15, 24)}`;

/** Signal by which holdSeat tells the workflow that a host has taken the job. */
export const SEAT_TAKEN = 'seatTaken';

/** Queue on which seats are asked for: of any host, or of those that have the data directory `disk`. */
export const seatsQueue = (disk?: string): string => (disk === undefined ? 'seats' : `seats@${disk}`);

export const isSeatsQueue = (queue: string): boolean => queue === seatsQueue() || queue.startsWith(seatsQueue(''));

/** Queue of the hosts that have the data directory `disk`, for what needs its files and no seat. */
export const filesQueue = (disk: string): string => `files@${disk}`;

/** Priority of a job that asks for none; 1 goes first, 5 last. */
export const DEFAULT_PRIORITY = 3;

/** What the branch of a job begins with where its profile does not say. */
export const BRANCH_PREFIX = 'agenticore-';

/** How many characters of its id the branch of a job has. */
const SHORT_ID = 8;

/** Both names that the branch of a job may have: the full id is used where the short one is taken by another job. */
export const branchNames = (jobId: string, prefix = BRANCH_PREFIX): { short: string; full: string } => ({
  short: `${prefix}${jobId.slice(0, SHORT_ID)}`,
  full: `${prefix}${jobId}`,
});

/** The longer name of the branch `name` of a job; it may be that. */
export const fullName = (name: string, jobId: string): string =>
  name.endsWith(jobId) ? name : `${name.slice(0, -SHORT_ID)}${jobId}`;

/** Whether `name` may be that of the branch of a job, whatever it begins with. */
export const bearsId = (name: string, jobId: string): boolean =>
  jobId !== '' && [jobId, jobId.slice(0, SHORT_ID)].some((id) => name.length > id.length && name.endsWith(id));

/** What stands in place of a profile's name where a model chooses; no profile is called so. */
export const AUTO_PROFILE = 'auto';

/** Owner of everything while no API keys are configured. */
export const LOCAL_OWNER = 'local';
