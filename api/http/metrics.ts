import { Histogram } from 'prom-client';
import { addGauge } from '../../telemetry/registry.ts';
import type { ApiDeps } from './deps.ts';
import type { TypedApp } from './typed-app.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const schema = {
  summary: 'Tell Prometheus what this process counts',
  description: 'Of the API, and of the worker of the same process. Workers of their own tell it at their probe port.',
  produces: ['text/plain'],
};

/** `GET /metrics`, the time of every request, and the jobs that wait and run as Temporal counts them. */
export function metricsRoute(app: TypedApp, { metrics, sessions }: Pick<ApiDeps, 'metrics' | 'sessions'>): void {
  const requests = new Histogram({
    name: 'agenticore_http_request_seconds',
    help: 'How long requests to the API took, streams to their end.',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [metrics],
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request;
    requests.observe(
      { method, route: routeOptions.url ?? 'none', status: reply.statusCode },
      reply.elapsedTime / 1_000,
    );
    done();
  });
  const open = {
    name: 'agenticore_open',
    help: 'Jobs and runs that wait for a seat, and that have one.',
    label: 'state',
  };
  addGauge(metrics, open, async () => {
    const { queued_count, running_count } = await sessions.daemon.counts();
    return { waiting: queued_count, running: running_count };
  });
  app.get('/metrics', { schema }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  );
}
