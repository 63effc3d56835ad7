import type { Worker } from '@temporalio/worker';

/** Workers that run, taken together. */
export interface RunningWorkers {
  /** Resolves when all have stopped; rejects when one broke. */
  done: Promise<void>;
  /** Whether every one of them polls. */
  isPolling(): boolean;
  /** Stops polling; resolves when running tasks have ended. Further calls only wait. */
  stop(): Promise<void>;
}

/** Runs `workers`, which were created and not yet started. */
export function runAll(workers: readonly Worker[]): RunningWorkers {
  const done = Promise.all(workers.map((worker) => worker.run())).then(() => undefined);
  return {
    done,
    isPolling: () => workers.every((worker) => worker.getState() === 'RUNNING'),
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await done.catch(() => undefined);
    },
  };
}
