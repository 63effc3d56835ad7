import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { Client } from '@temporalio/client';
import { pino } from 'pino';
import { createApi } from '../../api/http/create-api.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import type { EventLog } from '../../events/event-log.ts';
import { FileLog } from '../../events/file-log.ts';
import { createRegistry } from '../../telemetry/registry.ts';
import { Postgres } from '../../telemetry/store/postgres.ts';
import { temporalTarget } from '../../temporal-config/target.ts';
import { freshConfig } from './engine.ts';
import { environmentOf, takeNamespace } from './temporal.ts';
import { until } from './until.ts';

/** What one call answered. */
export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** One call, sent as it stands: paths and headers are not put in order first. */
interface Call {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** The API in front of a real Temporal that no worker polls. */
export interface Api {
  url: string;
  client: Client;
  /** The log that jobs write their events to. */
  events: EventLog;
  send: (call: Call) => Promise<Answer>;
  /** POST /jobs with this as its JSON. */
  post: (body: unknown, headers?: Record<string, string>) => Promise<Answer>;
  get: (path: string) => Promise<Answer>;
  /** Submits a job that must be taken. */
  submit: (fields?: object, headers?: Record<string, string>) => Promise<JobRecord>;
  read: (id: string) => Promise<JobRecord>;
  /** How many jobs were ever started, those included that were started just now. */
  countJobs: () => Promise<number>;
  close: () => Promise<void>;
}

/** Starts the API in front of a namespace: by default one that no other test has. */
export async function startApiWorld(env: Record<string, string> = {}, temporal = takeNamespace()): Promise<Api> {
  const config = freshConfig({ ...environmentOf(temporal), ...env });
  const target = temporalTarget(config);
  const events = new FileLog(join(config.dataDir, 'events'));
  const log = pino({ level: 'silent' });
  const { postgresUrl } = config;
  const postgres = postgresUrl === undefined ? undefined : new Postgres(postgresUrl, log);
  const api = await createApi({
    config,
    postgres,
    target,
    events,
    disk: 'here',
    version: '0.0.0',
    metrics: createRegistry(),
    log,
  });
  const close = async (): Promise<void> => {
    await api.close();
    await postgres?.close();
    await events.close();
    await rm(config.dataDir, { recursive: true, force: true });
  };
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const { client } = api;
  return { url, client, events, ...callsOf(url), countJobs: () => countJobs(client), close };
}

function callsOf(url: string): Pick<Api, 'send' | 'post' | 'get' | 'submit' | 'read'> {
  const send: Api['send'] = async ({ method = 'GET', path, headers = {}, body }) => {
    const sent = request(url, { method, path, headers, agent: false });
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, body: (await json(response)) as Answer['body'] };
  };
  const post: Api['post'] = (given, headers = {}) => {
    const body = typeof given === 'string' ? given : JSON.stringify(given);
    return send({ method: 'POST', path: '/jobs', body, headers: { 'content-type': 'application/json', ...headers } });
  };
  const get: Api['get'] = (path) => send({ path });
  const jobOf = ({ status, body }: Answer): JobRecord => {
    if (status !== 200 && status !== 202) throw new Error(`${status}: ${JSON.stringify(body)}`);
    return body.job as JobRecord;
  };
  const submit: Api['submit'] = async (fields = {}, headers = {}) =>
    jobOf(await post({ task: 'count to ten', ...fields }, headers));
  return { send, post, get, submit, read: async (id) => jobOf(await get(`/jobs/${id}`)) };
}

/** Visibility lags behind; a workflow of another type, started last, shows that it has caught up. */
async function countJobs({ workflow }: Client): Promise<number> {
  const workflowId = randomUUID();
  await workflow.start('mark', { workflowId, taskQueue: 'nobody' });
  await until(async () => (await workflow.count(`WorkflowId = '${workflowId}'`)).count > 0);
  await workflow.getHandle(workflowId).terminate();
  return (await workflow.count(`WorkflowType = 'job'`)).count;
}
