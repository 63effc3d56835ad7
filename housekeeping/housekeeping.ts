import type { Client } from '@temporalio/client';
import type { Config } from '../config/index.ts';
import type { Logger } from '../contract/shared/logger.ts';
import { noteWorktreeRoot } from '../git/alternates.ts';
import { collect } from './collect.ts';
import { askTemporal } from './workflow-state.ts';
import type { GcResult } from './run.ts';

/** Between two rounds (milliseconds), give or take a tenth, so that hosts of one disk do not all come at once. */
const HOUR_MS = 3_600_000;

interface HouseOptions {
  config: Config;
  client: Client;
  log: Logger;
}

/** Removes now, and every hour until it is stopped, what can go of this host's disk; keeps no process alive. */
export function startHousekeeping({ config, client, log }: HouseOptions): { stop: () => void } {
  const over = new AbortController();
  let next: NodeJS.Timeout | undefined;
  const round = async (): Promise<void> => {
    try {
      await noteWorktreeRoot(config);
      // Mirrors belong to no workflow, so no query about them fails. Without Temporal they stay, too.
      await client.workflowService.getSystemInfo({});
      tell(log, await collect(config, askTemporal(client), over.signal));
    } catch (error) {
      if (!over.signal.aborted) log.warn({ error }, 'garbage collection failed; it runs again in the next round');
    }
    if (!over.signal.aborted) next = setTimeout(() => void round(), HOUR_MS * (0.9 + 0.2 * Math.random())).unref();
  };
  void round();
  const stop = (): void => {
    over.abort();
    clearTimeout(next);
  };
  return { stop };
}

function tell(log: Logger, results: readonly GcResult[]): void {
  const removed = results.filter((result) => result.removed);
  const bytes = removed.reduce((sum, result) => sum + result.bytes, 0);
  if (removed.length > 0) log.info({ items: removed.length, bytes }, 'garbage collection finished');
  for (const { path, error } of results) if (error !== undefined) log.warn({ path, error }, 'could not delete it');
}
