import { JOB_STATUSES, type JobStatus } from '../../contract/workflow/job-progress.ts';
import { SESSION_STATUSES, type SessionStatus } from '../../contract/workflow/session-state.ts';
import { statusWord } from '../output/job.ts';
import { sessionStatusWord } from '../output/session.ts';

/** A row of a table with its status in its colour; colours have no width, so they come after the layout. */
export function statusColor(row: string, status: string): string {
  if (isJobStatus(status)) return row.replace(status, statusWord(status));
  return isSessionStatus(status) ? row.replace(status, sessionStatusWord(status)) : row;
}

const isJobStatus = (status: string): status is JobStatus => JOB_STATUSES.some((each) => each === status);
const isSessionStatus = (status: string): status is SessionStatus => SESSION_STATUSES.some((each) => each === status);
