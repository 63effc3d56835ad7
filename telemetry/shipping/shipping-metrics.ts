import { Counter, Gauge, type Registry } from 'prom-client';
import type { DeliveryOutcome } from './courier.ts';
import type { Shipment, Spool } from './spool.ts';

/** Tells Prometheus what waits in the spool; answers what counts each attempt to deliver. */
export function countDeliveries(
  registry: Registry,
  spool: Spool,
  destinations: readonly string[],
): (destination: string, outcome: DeliveryOutcome) => void {
  const deliveries = new Counter({
    name: 'agenticore_deliveries_total',
    help: 'Transcripts and traces that were delivered, tries that failed, and those that were given up.',
    labelNames: ['destination', 'outcome'],
    registers: [registry],
  });
  for (const destination of destinations)
    for (const outcome of ['delivered', 'failed', 'dropped'] satisfies DeliveryOutcome[])
      deliveries.inc({ destination, outcome }, 0);
  const labels = { labelNames: ['destination'] as const, registers: [registry] };
  const waitingFor = async (destination: string): Promise<readonly Shipment[]> =>
    (await spool.list())
      .map(({ shipment }) => shipment)
      .filter(({ left, done }) => left && !done.includes(destination));
  new Gauge({
    ...labels,
    name: 'agenticore_spool_oldest_seconds',
    help: 'Age of the oldest transcript or trace that waits; 0 where none does.',
    async collect() {
      for (const destination of destinations) {
        const [oldest] = await waitingFor(destination);
        this.set({ destination }, oldest === undefined ? 0 : (Date.now() - Date.parse(oldest.since)) / 1_000);
      }
    },
  });
  new Gauge({
    ...labels,
    name: 'agenticore_spool_items',
    help: 'Transcripts and traces of this disk that wait.',
    async collect() {
      for (const destination of destinations) this.set({ destination }, (await waitingFor(destination)).length);
    },
  });
  return (destination, outcome) => deliveries.inc({ destination, outcome });
}
