import { setTimeout as sleep } from 'node:timers/promises';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** How long what is asked for may take (milliseconds): Prometheus waits for all of them. */
const ASKING_MS = 2_000;

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
      const values = (await inTime(read())) ?? {};
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
      const value = await inTime(read());
      if (value === undefined) this.remove();
      else this.set(value);
    },
  });
}

/** Undefined where it fails, or takes too long. */
async function inTime<T>(asked: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  const late = sleep(ASKING_MS, undefined, { signal: over.signal }).catch(() => undefined);
  try {
    return await Promise.race([asked, late]);
  } catch {
    return undefined;
  } finally {
    over.abort();
  }
}
