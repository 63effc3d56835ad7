import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ApiError } from '../http/api-error.ts';
import { callerOf, ownerOf } from '../auth/caller.ts';
import { keepAlive } from '../http/sse.ts';
import { READING } from './scopes.ts';
import type { ServerFactory } from './server.ts';

const Query = z.object({ sessionId: z.string() });

/**
 * MCP over the older transport with two addresses, /sse and /messages. A session lives in this process, with its
 * stream.
 */
export function legacySse(app: FastifyInstance, servers: ServerFactory, stopping: AbortSignal): void {
  const sessions = new Map<string, { owner: string; transport: SSEServerTransport }>();
  app.get('/sse', READING, async (request, reply) => {
    reply.hijack();
    const { owner, scopes } = callerOf(request);
    const transport = new SSEServerTransport('/messages', reply.raw);
    sessions.set(transport.sessionId, { owner, transport });
    reply.raw.once('close', () => sessions.delete(transport.sessionId));
    keepAlive(reply.raw);
    await servers({ owner, scopes, stopping, log: request.log }).connect(transport);
  });
  app.post('/messages', READING, async (request, reply) => {
    const { data } = Query.safeParse(request.query);
    const session = sessions.get(data?.sessionId ?? '');
    if (session?.owner !== ownerOf(request))
      throw new ApiError('mcp_session_not_found', 'the MCP session does not exist');
    reply.hijack();
    await session.transport.handlePostMessage(request.raw, reply.raw, request.body);
  });
}
