import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** What a process tells Prometheus: of itself to begin with, as memory, CPU time and the delay of its event loop. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

interface Asked {
  name: string;
  help: string;
}

/**
 * A gauge whose values, by what `label` tells apart, are asked for when somebody looks. One that cannot be told is left
 * out.
 */
export function addGauge(
  registry: Registry,
  { name, help, label }: Asked & { label: string },
  read: () => Promise<Readonly<Record<string, number | null>>>,
): void {
  new Gauge({
    ...{ name, help, labelNames: [label], registers: [registry] },
    async collect() {
      this.reset();
      const values = await read().catch(() => ({}));
      for (const [key, value] of Object.entries(values)) if (value !== null) this.set({ [label]: key }, value);
    },
  });
}

/** The same with one value. */
export function addNumber(registry: Registry, asked: Asked, read: () => Promise<number | undefined>): void {
  new Gauge({
    ...asked,
    registers: [registry],
    async collect() {
      const value = await read().catch(() => undefined);
      if (value === undefined) this.remove();
      else this.set(value);
    },
  });
}
