import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ErrorReply, EventReply, JobId, type JobRecord } from '../../contract/job.ts';
import type { ApiDeps } from '../app.ts';
import { ApiError } from '../errors.ts';
import { ownerOf } from '../owner.ts';
import { streamEvents } from '../sse.ts';
import type { TypedApp } from './typed.ts';

const Query = z.object({
  cursor: z.coerce.number().int().min(0).default(0).describe('Answer events after this number.'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
const schema = {
  summary: "Read a job's events: a page as JSON, or all of them live with Accept: text/event-stream",
  params: z.object({ id: JobId }),
  querystring: Query,
  response: { 200: EventReply, '4xx': ErrorReply, '5xx': ErrorReply },
};

/** The events of a job; `Last-Event-ID` or `cursor` says what the reader has already. */
export function eventRoutes(app: TypedApp, deps: ApiDeps): void {
  app.get('/jobs/:id/events', { schema }, async (request, reply) => {
    const job = await deps.jobs.get(request.params.id, ownerOf(request));
    checkHost(job, deps);
    const cursor = lastEventId(request) ?? request.query.cursor;
    if (request.headers.accept?.includes('text/event-stream')) return stream(deps, job, cursor, reply);
    const events = await deps.events.read(job.id, cursor, request.query.limit);
    const last = events.at(-1);
    const ended = last === undefined ? job.ended_at !== null : last.event.type === 'ended';
    return { success: true as const, events, cursor: last?.seq ?? cursor, ended };
  });
}

/** A log in files can be read only on the disk that has it. */
function checkHost(job: JobRecord, { disk }: ApiDeps): void {
  if (disk !== null && job.disk !== null && job.disk !== disk)
    throw new ApiError(
      409,
      'events_on_other_host',
      `the events of this job are on ${job.hosts.at(-1) ?? 'another host'}`,
      'Ask the API on that host, or give all hosts one REDIS_URL or one data directory.',
    );
}

function lastEventId(request: FastifyRequest): number | undefined {
  const sent = request.headers['last-event-id'];
  if (sent === undefined) return undefined;
  const cursor = Number(sent);
  if (!Number.isSafeInteger(cursor) || cursor < 0)
    throw new ApiError(
      400,
      'invalid_request',
      'Last-Event-ID: must be the id of an event',
      'Leave it out to read from the start.',
      'Last-Event-ID',
    );
  return cursor;
}

async function stream(deps: ApiDeps, job: JobRecord, cursor: number, reply: FastifyReply): Promise<void> {
  reply.hijack();
  const { events, jobs, log } = deps;
  await streamEvents({
    events,
    cursor,
    id: job.id,
    out: reply.raw,
    ended: (signal) => jobs.ended(job.id, signal),
  }).catch((err: unknown) => log.warn({ job: job.id, err }, 'an event stream broke off'));
}
