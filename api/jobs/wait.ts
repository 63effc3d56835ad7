import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { SubmitBody } from '../../contract/http/job-request.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { timeLimit } from '../../contract/shared/timeout-signal.ts';
import { ApiError } from '../http/api-error.ts';
import type { Jobs } from './service.ts';

/** Aborts after `seconds`, or when the caller closes the connection. */
export function whileWaiting(reply: FastifyReply, seconds: number): AbortSignal {
  const gone = new AbortController();
  const leave = (): void => gone.abort(new ApiError('client_closed', 'the caller closed the connection'));
  if (reply.raw.destroyed) leave();
  else reply.raw.once('close', leave);
  return AbortSignal.any([timeLimit(seconds * 1_000), gone.signal]);
}

interface Wait extends Pick<z.output<typeof SubmitBody>, 'wait' | 'wait_timeout_s'> {
  jobs: Jobs;
  owner: string;
  reply: FastifyReply;
}

/**
 * The job when it has ended, with 200, where that is waited for; else, and when the time is over first, as it is, with
 * 202.
 */
export async function afterWaiting(
  job: JobRecord,
  { jobs, owner, reply, wait, wait_timeout_s }: Wait,
): Promise<{ code: 200 | 202; last: JobRecord }> {
  const last = wait ? await jobs.reader.wait(job.id, owner, whileWaiting(reply, wait_timeout_s)) : job;
  return { code: wait && last.ended_at !== null ? 200 : 202, last };
}
