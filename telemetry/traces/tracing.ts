import { hostname } from 'node:os';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { OtlpSink } from '../otlp/sink.ts';
import { activityTraces } from './activity-traces.ts';
import { clientTraces } from './client-traces.ts';
import { JobSpans } from './job-spans.ts';
import { openProvider } from './provider.ts';

/** Our own traces: what makes them, at each border. */
export interface Tracing {
  clients: WorkflowClientInterceptor;
  activities: ActivityInterceptorsFactory;
  jobs: JobSpans;
  close(): Promise<void>;
}

/** Sends the spans of this process to `sink`. */
export function openTracing(sink: OtlpSink, service: string): Tracing {
  const resource = { 'service.name': service, 'host.name': hostname(), 'process.pid': String(process.pid) };
  const provider = openProvider(sink, resource);
  const jobs = new JobSpans(provider.ids);
  return { clients: clientTraces, activities: activityTraces, jobs, close: () => provider.close() };
}
