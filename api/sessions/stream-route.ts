import type { FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { StreamQuery } from '../../contract/http/session.ts';
import { ownerOf } from '../auth/caller.ts';
import { lastEventId } from '../events/routes.ts';
import { checkDisk, type EventSource } from '../events/source.ts';
import { eventsToEnd } from '../events/stream.ts';
import type { ApiDeps } from '../http/deps.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { streamSession } from './event-routes.ts';
import { eventSource, sessionEvent } from './session-events.ts';

/** How often a client shows that it is there (milliseconds); one that did not since the last time is cut off. */
const HEARTBEAT_MS = 15_000;

/** Status of a WebSocket that ends well, and of one that ends because of a failure here. */
const NORMAL = 1000;
const FAILED = 1011;

/**
 * The events of a session over a WebSocket, each as the JSON text that a page of them has; as server-sent events for
 * who opens none. Whoever may not see them, or asks with a wrong cursor, is answered as by other routes before that.
 */
export function streamRoute(app: TypedApp, deps: ApiDeps): void {
  const find = async (request: FastifyRequest): Promise<EventSource> => {
    const { sessionId } = request.query as StreamQuery;
    const source = eventSource(await deps.sessions.reader.owned(sessionId, ownerOf(request)));
    checkDisk(source, deps.disk, 'events');
    return source;
  };
  app.route({
    method: 'GET',
    url: '/stream',
    schema: { summary: "A session's events live: over a WebSocket, or as text/event-stream", querystring: StreamQuery },
    preHandler: async (request) => {
      if (request.ws) await find(request);
    },
    handler: async (request, reply) =>
      streamSession(deps, await find(request), lastEventId(request) ?? request.query.cursor, reply),
    wsHandler: async (socket, request) => {
      const { sessionId: id, cursor } = request.query;
      await send(socket, deps, { id, cursor }).catch((err: unknown) => {
        deps.log.warn({ session: id, err }, 'an event stream failed');
        socket.close(FAILED);
      });
    },
  });
}

async function send(
  socket: WebSocket,
  { events, sessions }: Pick<ApiDeps, 'events' | 'sessions'>,
  { id, cursor }: { id: string; cursor: number },
): Promise<void> {
  const stop = new AbortController();
  socket.once('close', () => stop.abort());
  heartbeat(socket, stop.signal);
  const ended = (signal: AbortSignal): Promise<void> => sessions.ends.ended(id, signal);
  for await (const event of eventsToEnd({ events, id, cursor, ended }, stop))
    await sent(socket, JSON.stringify(sessionEvent(id, event)));
  socket.close(NORMAL);
}

/** Resolves when the text has left: no more than that waits for a slow reader. Also when nobody reads any more. */
const sent = (socket: WebSocket, text: string): Promise<void> =>
  new Promise((resolve) => socket.send(text, () => resolve()));

function heartbeat(socket: WebSocket, signal: AbortSignal): void {
  let isThere = true;
  socket.on('pong', () => (isThere = true));
  const timer = setInterval(() => {
    if (!isThere) return socket.terminate();
    isThere = false;
    socket.ping();
  }, HEARTBEAT_MS);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
