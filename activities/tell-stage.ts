import { Context } from '@temporalio/activity';
import type { JobStage } from '../contract/workflow/job-stages.ts';
import type { Deps } from './deps.ts';
import type { HeldSeat } from './seats.ts';

/** Writes to a job's events, once, that it has come to `stage`; not of a turn that began before its step came. */
export async function tellStage(
  { writers, settings: { host } }: Pick<Deps, 'writers' | 'settings'>,
  job_id: string,
  seat: HeldSeat,
  stage: JobStage,
): Promise<void> {
  if (Context.current().info.attempt > 1 || seat.isAhead) return;
  await writers.of(job_id).write([{ type: 'stage', stage, host }]);
}
