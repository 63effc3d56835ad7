import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.ts';

/** Visibility filter of an owner's jobs. A terminated job could not write its last status, so its execution's counts. */
export function selectJobs(owner: string, status: string | undefined): string {
  const mine = ` AND ${SEARCH_ATTRIBUTES.owner} = '${owner}'`;
  if (status === undefined) return mine;
  const written = `${SEARCH_ATTRIBUTES.status} = '${status}'`;
  if (status === 'cancelled') return `${mine} AND (${written} OR ExecutionStatus = 'Terminated')`;
  const open = status === 'queued' || status === 'running';
  return `${mine} AND ${written}${open ? ` AND ExecutionStatus = 'Running'` : ''}`;
}

/** Visibility filter of the owner's jobs that still wait for their first seat. */
export const selectWaiting = (owner: string): string => selectJobs(owner, 'queued');

/** Visibility filter of the jobs, of all owners, that were submitted before `startTime` and still wait for their first seat. */
export const selectAhead = (startTime: Date): string =>
  ` AND ${SEARCH_ATTRIBUTES.status} = 'queued' AND ExecutionStatus = 'Running' AND StartTime < '${startTime.toISOString()}'`;

/** Visibility filter of the jobs, of all owners, that have not ended. */
export const SELECT_OPEN = " AND ExecutionStatus = 'Running'";
