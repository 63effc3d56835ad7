import { Histogram, type Registry } from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Tells Prometheus how fast the events of agents become readable, and are read. */
export class EventMetrics {
  readonly #appends: Histogram<'outcome'>;
  readonly #followed: Histogram;

  constructor(registry: Registry) {
    const common = { buckets: SECONDS, registers: [registry] };
    this.#appends = new Histogram({
      ...common,
      name: 'agenticore_event_append_seconds',
      help: 'Until events were in the event log; `failed`: they are lost to it.',
      labelNames: ['outcome'],
    });
    this.#appends.zero({ outcome: 'failed' });
    this.#followed = new Histogram({
      ...common,
      name: 'agenticore_event_lag_seconds',
      help: 'From the time of an event until it reached who follows its stream.',
    });
  }

  appended(seconds: number, outcome: 'written' | 'failed'): void {
    this.#appends.observe({ outcome }, seconds);
  }

  followed(seconds: number): void {
    this.#followed.observe(seconds);
  }
}
