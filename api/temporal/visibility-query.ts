import { invalid } from '../http/api-error.ts';
import { SEARCH_ATTRIBUTES } from '../../contract/workflow/search-attributes.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import {
  JOB_WORKFLOW,
  PLAN_WORKFLOW,
  RUN_WORKFLOW,
  SESSION_WORKFLOW,
  WORKFLOW_QUEUE,
  WORKTREE_WORKFLOW,
  type WorkflowType,
} from '../../contract/workflow/names.ts';

/** Which of an owner's jobs are listed; all that is said must hold. */
export interface JobFilter {
  /** One of these. */
  status?: string | readonly string[] | undefined;
  /** As `canonicalRepo` gives it; with or without .git. */
  repo?: string | undefined;
  profile?: string | undefined;
  /** Submitted at this time or later (ISO 8601). */
  since?: string | undefined;
}

const TYPES: readonly WorkflowType[] = [JOB_WORKFLOW, PLAN_WORKFLOW, WORKTREE_WORKFLOW, SESSION_WORKFLOW, RUN_WORKFLOW];

/** Visibility filter of the workflows that were started while the namespace had no search attributes. */
export const SELECT_UNINDEXED = `TaskQueue = '${WORKFLOW_QUEUE}' AND WorkflowType IN (${TYPES.map((type) => `'${type}'`).join(', ')}) AND ${SEARCH_ATTRIBUTES.owner} IS NULL`;

/** Visibility filter of all workflows of one type. */
export const selectAll = (type: WorkflowType): string => `WorkflowType = '${type}'`;

/**
 * Visibility filter of an owner's jobs, or other workflows. A terminated job could not write its last status, so its
 * execution's counts.
 */
export function selectJobs(
  owner: string,
  { status, repo, profile, since }: JobFilter,
  type: WorkflowType = JOB_WORKFLOW,
): string {
  return [
    `${selectAll(type)} AND ${is('owner', owner)}`,
    status === undefined ? '' : ` AND (${[status].flat().map(hasStatus).join(' OR ')})`,
    repo === undefined
      ? ''
      : ` AND (${spellings(repo)
          .map((each) => is('repo', each))
          .join(' OR ')})`,
    profile === undefined ? '' : ` AND ${is('profile', profile)}`,
    since === undefined ? '' : ` AND StartTime >= '${new Date(since).toISOString()}'`,
  ].join('');
}

/** The two addresses by which a repository is known. */
const spellings = (repo: string): string[] => {
  const bare = repo.replace(/\.git$/, '');
  return [bare, `${bare}.git`];
};

function hasStatus(status: string): string {
  const written = is('status', status);
  if (status === 'cancelled') return `(${written} OR ExecutionStatus = 'Terminated')`;
  const open = status === 'queued' || status === 'running';
  return `${written}${open ? ` AND ExecutionStatus = 'Running'` : ''}`;
}

/** The same where the cluster has no search attributes: whether a job is one of those. */
export const isSelected = (owner: string, { status, repo, profile, since }: JobFilter, job: JobRecord): boolean =>
  job.owner === owner &&
  (status === undefined || [status].flat().includes(job.status)) &&
  (repo === undefined || spellings(repo).some((each) => each === job.repo_url)) &&
  (profile === undefined || job.profile === profile) &&
  (since === undefined || Date.parse(job.created_at) >= Date.parse(since));

/** Visibility filter of the jobs, plans and runs, of all owners, that have not ended: each takes a seat. */
export const SELECT_OPEN = `WorkflowType IN ('${JOB_WORKFLOW}', '${PLAN_WORKFLOW}', '${RUN_WORKFLOW}') AND ExecutionStatus = 'Running'`;

/** Of those, what still waits for its seat, and what has one. */
export const SELECT_WAITING = `${SELECT_OPEN} AND ${SEARCH_ATTRIBUTES.status} = 'queued'`;
export const SELECT_SEATED = `${SELECT_OPEN} AND ${SEARCH_ATTRIBUTES.status} != 'queued'`;

/** Visibility filter of the sessions, of all owners, whose agents wait for a decision. */
export const SELECT_DECIDING = `${selectAll(SESSION_WORKFLOW)} AND ExecutionStatus = 'Running' AND ${SEARCH_ATTRIBUTES.status} = 'waiting_approval'`;

/** Which of the jobs, plans and runs that have ended: those of all owners or of one, of a time or of any. */
interface EndedFilter {
  owner?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
}

/** Visibility filter of those. */
export const selectEnded = ({ owner, since, until }: EndedFilter): string =>
  [
    `WorkflowType IN ('${JOB_WORKFLOW}', '${PLAN_WORKFLOW}', '${RUN_WORKFLOW}') AND ExecutionStatus != 'Running'`,
    owner === undefined ? '' : ` AND ${is('owner', owner)}`,
    since === undefined ? '' : ` AND CloseTime >= '${since.toISOString()}'`,
    until === undefined ? '' : ` AND CloseTime < '${until.toISOString()}'`,
  ].join('');

/** Visibility filter of the owner's jobs, plans and runs that still wait for their first seat. */
export const selectWaiting = (owner: string): string =>
  `${SELECT_OPEN} AND ${is('owner', owner)} AND ${is('status', 'queued')}`;

/** Visibility filter of the workflows with these ids. */
export const selectIds = (ids: readonly string[]): string => `WorkflowId IN (${ids.map((id) => `'${id}'`).join(', ')})`;

/** Visibility filter of the owner's job that made the session. */
export const selectSession = (owner: string, session: string): string =>
  `${selectAll(JOB_WORKFLOW)} AND ${is('owner', owner)} AND ${is('session', session)}`;

/** Visibility filter of the jobs that wait for, or work in, a prepared worktree. */
export const selectUsers = (worktreeId: string): string =>
  `${selectAll(JOB_WORKFLOW)} AND ExecutionStatus = 'Running' AND ${is('worktree', worktreeId)}`;

/** Visibility filter of the jobs of all owners that wait or run. */
export const SELECT_OPEN_JOBS = `${selectAll(JOB_WORKFLOW)} AND ExecutionStatus = 'Running'`;

/** Visibility filter of the owner's worktrees that are there, or will be. */
export const selectWorktrees = (owner: string): string =>
  `${selectJobs(owner, {}, WORKTREE_WORKFLOW)} AND ExecutionStatus = 'Running'`;

/**
 * Visibility filter of what, of all owners and types, was submitted before `startTime` and still waits for its first
 * seat.
 */
export const selectAhead = ({ id, startTime }: { id: string; startTime: Date }): string =>
  `${is('status', 'queued')} AND ExecutionStatus = 'Running' AND StartTime < '${startTime.toISOString()}' AND WorkflowId != '${id}'`;

/**
 * Temporal compares what is written between quotes as it stands there, escapes and all: such a value is never found.
 */
function is(attribute: keyof typeof SEARCH_ATTRIBUTES, value: string): string {
  if (!/['"\\]/.test(value)) return `${SEARCH_ATTRIBUTES[attribute]} = '${value}'`;
  throw invalid(attribute, 'must not contain quotes or backslashes');
}
