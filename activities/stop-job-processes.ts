import { CancelledFailure } from '@temporalio/common';
import type { SeatStep } from '../contract/workflow/seat.ts';
import { killStrays } from '../processes/tree.ts';
import type { Deps } from './deps.ts';
import { jobPaths } from './paths.ts';
import type { HeldSeat } from './seats.ts';

/**
 * Ends all that still runs on this host for a job that leaves it: its steps, for the reason `why`, and their processes.
 */
export async function endWork({ settings }: Deps, seat: HeldSeat, step: SeatStep, why: string): Promise<void> {
  const { worktree, dir, marker } = jobPaths(settings, step);
  await seat.stop(new CancelledFailure(why));
  await killStrays({ marker, directories: [worktree, dir] });
}
