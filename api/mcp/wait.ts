import type { JobRecord } from '../../contract/http/job-record.ts';
import { timeLimit } from '../../contract/shared/timeout-signal.ts';
import type { ApiDeps } from '../http/deps.ts';
import { reportProgress } from './progress.ts';
import type { ToolCaller } from './tool.ts';

interface Wait extends Pick<ToolCaller, 'owner' | 'signal' | 'tell'> {
  job: JobRecord;
  timeoutMs: number;
}

/**
 * The record of the job when it has ended, or as it is when the time is over or the caller gone. Meanwhile the caller
 * gets progress messages, at least every 10 s.
 */
export async function waitForEnd(
  { jobs, events }: Pick<ApiDeps, 'jobs' | 'events'>,
  { job, owner, signal, tell, timeoutMs }: Wait,
): Promise<JobRecord> {
  if (job.ended_at !== null) return job;
  const stop = new AbortController();
  const over = AbortSignal.any([signal, stop.signal, timeLimit(timeoutMs)]);
  const reported = tell && reportProgress({ jobs, events, job, owner, tell, signal: over });
  try {
    return await jobs.reader.wait(job.id, owner, over);
  } finally {
    stop.abort();
    await reported;
  }
}
