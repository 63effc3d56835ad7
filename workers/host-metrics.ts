import { Counter, type Registry } from 'prom-client';
import type { WarmFacts } from '../contract/http/run.ts';
import { addGauge } from '../telemetry/registry.ts';

interface Kept {
  facts(): Promise<WarmFacts>;
}

interface Host {
  seats: { taken: number };
  /** Of seats. */
  limit: number;
  warm: Kept;
  spares: Kept;
}

const MB = 1024 * 1024;

/** Counts the pull requests of this host. */
export function pullRequestCounter(registry: Registry): (isNew: boolean) => void {
  const found = new Counter({
    name: 'agenticore_pull_requests_total',
    help: 'Pull requests of jobs and runs that were opened, and those that were there already.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of ['opened', 'found']) found.inc({ outcome }, 0);
  return (isNew) => found.inc({ outcome: isNew ? 'opened' : 'found' });
}

/** What a host of agents has: its seats, and the agents that it keeps. */
export function addHostMetrics(registry: Registry, { seats, limit, warm, spares }: Host): void {
  const seatsNow = { name: 'agenticore_seats', help: 'Seats of this host, and those that are taken.', label: 'state' };
  addGauge(registry, seatsNow, () => Promise.resolve({ taken: seats.taken, limit }));
  const facts = async (of: (facts: WarmFacts) => number | null): Promise<Record<string, number | null>> => ({
    warm: of(await warm.facts()),
    spare: of(await spares.facts()),
  });
  const kept = { name: 'agenticore_kept_agents', help: 'Agents of this host that run and wait.', label: 'kind' };
  addGauge(registry, kept, () => facts(({ count }) => count));
  const memory = { name: 'agenticore_kept_agents_bytes', help: 'Memory of the agents that wait.', label: 'kind' };
  addGauge(registry, memory, () => facts(({ memory_mb }) => memory_mb && memory_mb * MB));
}
