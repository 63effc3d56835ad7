import { rm } from 'node:fs/promises';
import { removeCheckout } from '../git/checkout.ts';
import type { EndStep, LeftWorktree } from '../contract/workflow/steps.ts';
import { endWork } from './stop-job-processes.ts';
import { jobPaths } from './paths.ts';
import { keepTranscript } from './keep-transcript.ts';
import type { Task } from './step.ts';
import { tellStage } from './tell-stage.ts';
import { diskUsage } from '../processes/disk-usage.ts';

/**
 * The last step on a host: ends what still runs for the job, keeps the agent's transcript, removes
 * its files (all of them, or all but the worktree where it holds undelivered work or was prepared before the job),
 * writes the last event and gives the seat back.
 */
export const removeWorktree: Task<EndStep, LeftWorktree> = async (deps, step) => {
  const seat = deps.seats.get(step.token);
  const paths = jobPaths(deps.settings, step);
  await endWork(deps, seat, step, 'the job has ended');
  if (step.status === 'succeeded') await tellStage(deps, step.job_id, seat, 'shipping_transcript');
  const transcript = await keepTranscript(deps, step, step.attempt);
  if (!step.keep) {
    if (step.worktree_id === undefined) await removeCheckout(paths.worktree);
    await rm(paths.dir, { recursive: true, force: true });
  }
  const { status, code, message } = step;
  const writer = deps.writers.of(step.job_id);
  // A run that was cut left the fragments of its blocks.
  if (status !== 'succeeded') await writer.compact();
  await writer.write([{ type: 'ended', status, ...(code && message ? { code, message } : {}) }]);
  await deps.spool?.note({ id: step.job_id, stream: step.job_id, attempt: step.attempt, left: true });
  const left = { transcript, size_bytes: step.worktree_id === undefined ? null : await diskUsage(paths.worktree) };
  seat.release();
  return left;
};
