import { Option, type Command } from 'commander';
import type { WorkerPart } from '../../workers/service.ts';

/** How long jobs may run on after SIGTERM before another worker takes them over (milliseconds). */
const GRACE_MS = 2_000;

const PARTS: readonly WorkerPart[] = ['workflows', 'host'];

/**
 * `agenticore worker`: a worker alone, for the Temporal server of this data directory or the one that TEMPORAL_ADDRESS
 * names.
 */
export function registerWorker(program: Command): void {
  program
    .command('worker')
    .description('Run only a worker, for the `agenticore serve` of this data directory or for TEMPORAL_ADDRESS')
    .addOption(
      new Option('--only <part>', 'run one part: workflows (decides what jobs do) or host (runs agents)').choices(
        PARTS,
      ),
    )
    .action(work);
}

async function work({ only }: { only?: WorkerPart }): Promise<void> {
  const { loadConfig } = await import('../../config/index.ts');
  const { startWorker } = await import('../../workers/service.ts');
  const { untilSignal } = await import('../interrupt.ts');
  const worker = await startWorker(loadConfig(), { only });
  try {
    const probes = worker.probeUrl === null ? '' : `; probes at ${worker.probeUrl}/health/ready`;
    process.stderr.write(
      `Worker ${worker.name} is ready (Temporal at ${worker.target.address}${probes}). Press Ctrl-C to stop it.\n`,
    );
    await Promise.race([untilSignal(), worker.done]);
  } finally {
    await worker.stop(GRACE_MS);
  }
}
