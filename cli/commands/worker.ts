import type { Command } from 'commander';

/** How long jobs may run on after SIGTERM before another worker takes them over (milliseconds). */
const GRACE_MS = 2_000;

/** `agenticore worker`: workers alone, for the engine that `agenticore serve` of the same data directory or TEMPORAL_ADDRESS names. */
export function registerWorker(program: Command): void {
  program
    .command('worker')
    .description('Run only a worker, for the `agenticore serve` of this data directory or for TEMPORAL_ADDRESS')
    .action(work);
}

async function work(): Promise<void> {
  const { loadConfig } = await import('../../config/index.ts');
  const { startService } = await import('../../workers/service.ts');
  const { untilSignal } = await import('../interrupt.ts');
  const service = await startService(loadConfig(), { engine: false });
  try {
    process.stderr.write(
      `Worker ${service.name} is ready (Temporal at ${service.target.address}). Press Ctrl-C to stop it.\n`,
    );
    await Promise.race([untilSignal(), service.done]);
  } finally {
    await service.stop(GRACE_MS);
  }
}
