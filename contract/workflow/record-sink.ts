import type { JobProgress, JobStatus } from './job-progress.ts';

/** What a job is at the moment. */
export interface JobNow {
  status: JobStatus;
  progress: JobProgress;
  /** What the agent said at its end. */
  output?: string;
}

/**
 * What a workflow tells the process that runs it, beside its history, for those who look on. It may be lost; nothing in
 * the workflow depends on it.
 */
export type RecordSinks = { records: { job(now: JobNow): void } };
