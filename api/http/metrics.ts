import { Histogram, type Registry } from 'prom-client';
import type { ApprovalRecord } from '../../contract/http/approval.ts';
import { addGauge, addNumber } from '../../telemetry/registry.ts';
import type { Sessions } from '../sessions/service.ts';
import type { ApiDeps } from './deps.ts';
import type { TypedApp } from './typed-app.ts';

/** How long is told of approvals what Temporal said of them (milliseconds). */
const APPROVALS_MS = 5_000;

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const schema = {
  summary: 'Tell Prometheus what this process counts',
  description: 'Of the API, and of the worker of the same process. Workers of their own tell it at their probe port.',
  produces: ['text/plain'],
};

/** `GET /metrics`, the time of every request, and what waits and runs as Temporal counts it. */
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
  addApprovals(metrics, sessions);
  app.get('/metrics', { schema }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  );
}

/** Approvals of all owners; what Temporal says of them is kept for a moment. */
function addApprovals(metrics: Registry, { approvals }: Pick<Sessions, 'approvals'>): void {
  let asked: { at: number; waiting: Promise<ApprovalRecord[] | undefined> } | undefined;
  const waiting = (): Promise<ApprovalRecord[] | undefined> => {
    const at = performance.now();
    if (asked === undefined || at - asked.at > APPROVALS_MS) asked = { at, waiting: approvals.waiting() };
    return asked.waiting;
  };
  const count = { name: 'agenticore_approvals_waiting', help: 'Approvals that wait for a decision.' };
  addNumber(metrics, count, async () => (await waiting())?.length);
  const age = { name: 'agenticore_approvals_oldest_seconds', help: 'Age of the oldest of them; 0 where none waits.' };
  addNumber(metrics, age, async () => {
    const all = await waiting();
    const [oldest] = all ?? [];
    return all && (oldest === undefined ? 0 : Math.max(0, Date.now() - Date.parse(oldest.asked_at)) / 1_000);
  });
}
