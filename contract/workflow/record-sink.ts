import type { JobProgress, JobStatus } from './job-progress.ts';
import type { RunProgress, RunStatus } from './run-state.ts';

/** What a job is at the moment. */
export interface JobNow {
  status: JobStatus;
  progress: JobProgress;
  /** What the agent said at its end. */
  output?: string;
  /** The traceparent with which it was started. */
  trace?: string;
}

/** What a run of a session is at the moment. */
export type RunNow = RunProgress & Pick<JobNow, 'trace'>;

/**
 * What a workflow tells the process that runs it, beside its history, for those who look on. It may be lost; nothing in
 * the workflow depends on it.
 */
export type RecordSinks = { records: { job(now: JobNow): void; run(now: RunNow): void } };

const OPEN: readonly (JobStatus | RunStatus)[] = [
  ...(['queued', 'running', 'waiting_approval', 'waiting_child', 'cancelling'] as const),
];

/** Whether a job or a run with that status has ended. */
export const hasEnded = (status: JobStatus | RunStatus): boolean => !OPEN.includes(status);
