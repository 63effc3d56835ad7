import type { FastifyReply } from 'fastify';
import { EventQuery } from '../../contract/http/job-request.ts';
import { SessionEventReply } from '../../contract/http/session.ts';
import type { LoggedEvent } from '../../contract/workflow/stream-events.ts';
import { ownerOf } from '../auth/caller.ts';
import { readEventPage } from '../events/page.ts';
import { lastEventId } from '../events/routes.ts';
import { checkDisk, type EventSource } from '../events/source.ts';
import { streamEvents } from '../events/stream.ts';
import type { ApiDeps } from '../http/deps.ts';
import { errors, type TypedApp } from '../http/typed-app.ts';
import { SessionParams } from './routes.ts';
import { eventSource, sessionEvent } from './session-events.ts';

const schema = {
  summary: "Read a session's events: a page as JSON, or all of them live with Accept: text/event-stream",
  params: SessionParams,
  querystring: EventQuery,
  response: { 200: SessionEventReply, ...errors },
};

/** The events of a session; `Last-Event-ID` or `cursor` says what the reader has already. */
export function sessionEventRoutes(app: TypedApp, deps: ApiDeps): void {
  app.get('/sessions/:id/events', { schema }, async (request, reply) => {
    const source = eventSource(await deps.sessions.reader.owned(request.params.id, ownerOf(request)));
    const cursor = lastEventId(request) ?? request.query.cursor;
    if (request.headers.accept?.includes('text/event-stream')) return streamSession(deps, source, cursor, reply);
    return sessionEventPage(deps, source, { ...request.query, cursor });
  });
}

/** A page of a session's events; throws `events_on_other_host`. */
async function sessionEventPage(
  deps: Pick<ApiDeps, 'disk' | 'events'>,
  source: EventSource,
  query: EventQuery,
  bytes?: number,
): Promise<SessionEventReply> {
  const page = await readEventPage(deps, source, query, bytes);
  return { ...page, events: page.events.map((event) => sessionEvent(source.id, event as LoggedEvent)) };
}

/** Sends a session's events as server-sent events until it is closed; throws `events_on_other_host`. */
export async function streamSession(
  deps: ApiDeps,
  source: EventSource,
  cursor: number,
  reply: FastifyReply,
): Promise<void> {
  const { id } = source;
  checkDisk(source, deps.disk, 'events');
  reply.hijack();
  const { events, sessions, log } = deps;
  const ended = (signal: AbortSignal): Promise<void> => sessions.ends.ended(id, signal);
  await streamEvents({ events, cursor, id, ended }, reply.raw, (event) => sessionEvent(id, event)).catch(
    (err: unknown) => log.warn({ session: id, err }, 'an event stream failed'),
  );
}
