import type { Client } from '@temporalio/client';
import type { Config } from '../config/index.ts';
import type { Logger } from '../contract/shared/logger.ts';
import { noteWorktreeRoot } from '../git/alternates.ts';
import { collect } from './collect.ts';
import { askTemporal } from './workflow-state.ts';
import { planGc, planJobs } from './plan.ts';
import type { GcResult } from './run.ts';

/** Between two rounds (milliseconds), give or take a tenth, so that hosts of one disk do not all come at once. */
const HOUR_MS = 3_600_000;

/** Between two looks at the files of jobs: those of a job that ended on another host are gone within a minute. */
const JOBS_MS = 45_000;

interface HouseOptions {
  config: Config;
  client: Client;
  log: Logger;
}

/**
 * Removes now, and every hour until it is stopped, what can go of this host's disk, and oftener the files of jobs that
 * have ended; keeps no process alive.
 */
export function startHousekeeping({ config, client, log }: HouseOptions): { stop: () => void } {
  const over = new AbortController();
  const timers = new Map<typeof planGc, NodeJS.Timeout>();
  const round = async (plan: typeof planGc): Promise<void> => {
    try {
      await noteWorktreeRoot(config);
      // Mirrors belong to no workflow, so no query about them fails. Without Temporal they stay, too.
      await client.workflowService.getSystemInfo({});
      tell(log, await collect(config, askTemporal(client), { signal: over.signal, plan }));
    } catch (error) {
      if (!over.signal.aborted) log.warn({ error }, 'garbage collection failed; it runs again in the next round');
    }
  };
  const repeat = (plan: typeof planGc, everyMs: number): void => {
    if (over.signal.aborted) return;
    const next = async (): Promise<void> => {
      await round(plan);
      repeat(plan, everyMs);
    };
    timers.set(plan, setTimeout(() => void next(), everyMs * (0.9 + 0.2 * Math.random())).unref());
  };
  void round(planGc).then(() => {
    repeat(planGc, HOUR_MS);
    repeat(planJobs, JOBS_MS);
  });
  const stop = (): void => {
    over.abort();
    for (const timer of timers.values()) clearTimeout(timer);
  };
  return { stop };
}

function tell(log: Logger, results: readonly GcResult[]): void {
  const removed = results.filter((result) => result.removed);
  const bytes = removed.reduce((sum, result) => sum + result.bytes, 0);
  if (removed.length > 0) log.info({ items: removed.length, bytes }, 'garbage collection finished');
  for (const { path, error } of results) if (error !== undefined) log.warn({ path, error }, 'could not delete it');
}
