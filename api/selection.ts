import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.ts';
import type { JobRecord } from '../contract/job.ts';

/** Which of an owner's jobs are listed; all that is said must hold. */
export interface JobFilter {
  status?: string | undefined;
  /** In its one spelling. */
  repo?: string | undefined;
  profile?: string | undefined;
  /** Submitted at this time or later (ISO 8601). */
  since?: string | undefined;
}

/** Visibility filter of an owner's jobs. A terminated job could not write its last status, so its execution's counts. */
export function selectJobs(owner: string, { status, repo, profile, since }: JobFilter): string {
  return [
    ` AND ${is('owner', owner)}`,
    status === undefined ? '' : ` AND ${hasStatus(status)}`,
    repo === undefined ? '' : ` AND ${is('repo', repo)}`,
    profile === undefined ? '' : ` AND ${is('profile', profile)}`,
    since === undefined ? '' : ` AND StartTime >= '${new Date(since).toISOString()}'`,
  ].join('');
}

function hasStatus(status: string): string {
  const written = is('status', status);
  if (status === 'cancelled') return `(${written} OR ExecutionStatus = 'Terminated')`;
  const open = status === 'queued' || status === 'running';
  return `${written}${open ? ` AND ExecutionStatus = 'Running'` : ''}`;
}

/** The same where the cluster has no search attributes: whether a job is one of those. */
export const isSelected = (owner: string, { status, repo, profile, since }: JobFilter, job: JobRecord): boolean =>
  job.owner === owner &&
  (status === undefined || job.status === status) &&
  (repo === undefined || job.repo_url === repo) &&
  (profile === undefined || job.profile === profile) &&
  (since === undefined || Date.parse(job.created_at) >= Date.parse(since));

/** Visibility filter of the owner's jobs that still wait for their first seat. */
export const selectWaiting = (owner: string): string => selectJobs(owner, { status: 'queued' });

/** Visibility filter of the jobs, of all owners, that have not ended. */
export const SELECT_OPEN = " AND ExecutionStatus = 'Running'";

/** Visibility filter of the owner's job that made the session. */
export const selectSession = (owner: string, session: string): string =>
  ` AND ${is('owner', owner)} AND ${is('session', session)}`;

/** Visibility filter of the jobs, of all owners, that were submitted before `startTime` and still wait for their first seat. */
export const selectAhead = (startTime: Date): string =>
  ` AND ${is('status', 'queued')} AND ExecutionStatus = 'Running' AND StartTime < '${startTime.toISOString()}'`;

const is = (attribute: keyof typeof SEARCH_ATTRIBUTES, value: string): string =>
  `${SEARCH_ATTRIBUTES[attribute]} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
