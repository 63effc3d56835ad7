import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { EventQuery, JobId } from '../../contract/http/job-request.ts';
import type { JobRecord } from '../../contract/http/job-record.ts';
import { EventReply } from '../../contract/http/replies.ts';
import type { ApiDeps } from '../http/deps.ts';
import { invalid } from '../http/api-error.ts';
import { readEventPage } from './page.ts';
import { checkDisk } from './source.ts';
import { ownerOf } from '../auth/caller.ts';
import { streamEvents } from './stream.ts';
import { errors, type TypedApp } from '../http/typed-app.ts';

const schema = {
  summary: "Read a job's events: a page as JSON, or all of them live with Accept: text/event-stream",
  params: z.object({ id: JobId }),
  querystring: EventQuery,
  response: { 200: EventReply, ...errors },
};

/** The events of a job; `Last-Event-ID` or `cursor` says what the reader has already. */
export function eventRoutes(app: TypedApp, deps: ApiDeps): void {
  app.get('/jobs/:id/events', { schema }, async (request, reply) => {
    const job = await deps.jobs.reader.get(request.params.id, ownerOf(request));
    const cursor = lastEventId(request) ?? request.query.cursor;
    if (request.headers.accept?.includes('text/event-stream')) return stream(deps, job, cursor, reply);
    return readEventPage(deps, job, { ...request.query, cursor });
  });
}

/** The cursor of an event stream that a client goes on with; 400 where it is none. */
export function lastEventId(request: FastifyRequest): number | undefined {
  const sent = request.headers['last-event-id'];
  if (sent === undefined) return undefined;
  const cursor = Number(sent);
  if (!Number.isSafeInteger(cursor) || cursor < 0)
    throw invalid('Last-Event-ID', 'must be the id of an event; leave it out to read from the start');
  return cursor;
}

async function stream(deps: ApiDeps, job: JobRecord, cursor: number, reply: FastifyReply): Promise<void> {
  checkDisk(job, deps.disk, 'events');
  reply.hijack();
  const { events, jobs, log } = deps;
  const ended = (signal: AbortSignal): Promise<void> => jobs.reader.ended(job.id, signal);
  await streamEvents({ events, cursor, id: job.id, ended }, reply.raw, (event) => event).catch((err: unknown) =>
    log.warn({ job: job.id, err }, 'an event stream failed'),
  );
}
