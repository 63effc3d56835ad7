import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { WORKFLOW_QUEUE } from '../contract/workflow/names.ts';

const SECONDS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 600, 3_600];

/** Labels that are kept: with the others, such as the namespace, a process tells nothing apart. */
const LABELS = [
  ...['operation', 'status_code', 'task_queue', 'workflow_type', 'activity_type'],
  ...['poller_type', 'worker_type', 'failure_reason'],
] as const;

type Labels = Partial<Record<(typeof LABELS)[number], string>>;

/** How often is read what the SDK has counted (milliseconds). */
const EVERY_MS = 1_000;

/** What the SDK of Temporal has counted since it was asked last, as its `MetricsBuffer` tells it. */
interface SdkUpdates {
  retrieveUpdates(): Iterable<{
    metric: SdkMetric;
    value: number;
    attributes: Readonly<Record<string, string | number | boolean>>;
  }>;
}

interface SdkMetric {
  name: string;
  kind: 'counter' | 'gauge' | 'histogram' | 'up-down-counter';
  unit?: string;
  description?: string;
}

type Take = (labels: Labels, value: number) => void;

/**
 * Tells Prometheus what the SDK of Temporal counts, with the names that its own exporter gives: `temporal_…`, `_total`
 * for what only grows, `_seconds` for times. Queues are told apart by what they are for.
 */
export class SdkMetrics {
  readonly #updates: SdkUpdates;
  readonly #registry: Registry;
  readonly #taking = new Map<string, Take>();
  readonly #timer: NodeJS.Timeout;

  constructor(registry: Registry, updates: SdkUpdates) {
    this.#registry = registry;
    this.#updates = updates;
    this.#timer = setInterval(() => this.#read(), EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #read(): void {
    for (const { metric, value, attributes } of this.#updates.retrieveUpdates()) {
      const take = this.#taking.get(metric.name) ?? this.#add(metric);
      take(labelsOf(attributes), value);
    }
  }

  #add(metric: SdkMetric): Take {
    const take = metricOf(metric, this.#registry);
    this.#taking.set(metric.name, take);
    return take;
  }
}

function metricOf({ name, kind, unit, description: help = name }: SdkMetric, registry: Registry): Take {
  const options = { help, labelNames: LABELS, registers: [registry] };
  if (kind === 'histogram') {
    const times = new Histogram({ ...options, name: unit === 's' ? `${name}_seconds` : name, buckets: SECONDS });
    return (labels, value) => times.observe(labels, value);
  }
  if (kind === 'counter') {
    const count = new Counter({ ...options, name: name.endsWith('_total') ? name : `${name}_total` });
    return (labels, value) => count.inc(labels, value);
  }
  const gauge = new Gauge({ ...options, name });
  return (labels, value) => (kind === 'gauge' ? gauge.set(labels, value) : gauge.inc(labels, value));
}

const labelsOf = (attributes: Readonly<Record<string, string | number | boolean>>): Labels =>
  Object.fromEntries(
    LABELS.flatMap((label) => {
      const value = attributes[label];
      if (value === undefined) return [];
      return [[label, label === 'task_queue' ? purposeOf(String(value)) : String(value)] as const];
    }),
  );

/** What a queue is for, without the id of the host, or of the data directory, that has it. */
function purposeOf(queue: string): string {
  if (queue === WORKFLOW_QUEUE) return queue;
  const [, shared] = /^(seats|files)(@|$)/.exec(queue) ?? [];
  if (shared === undefined) return 'host';
  return queue.includes('@') ? `${shared}@disk` : shared;
}
