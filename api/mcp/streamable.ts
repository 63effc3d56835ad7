import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ClientCapabilitiesSchema } from '@modelcontextprotocol/sdk/types.js';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../http/api-error.ts';
import { callerOf } from '../auth/caller.ts';
import { keepAlive } from '../http/sse.ts';
import { showsForms } from './questions.ts';
import { RunningCalls, type UncheckedMessage } from './running-calls.ts';
import { READING } from './scopes.ts';
import type { ServerFactory } from './server.ts';

/** End of the session id of a client that shows forms: no instance need remember that. */
const FORMS = '.forms';

/**
 * MCP over streamable HTTP at `route`, without sessions: each POST gets a server of its own, so that any instance can
 * answer any call, also after a restart. The session id that a client gets names only whose cancellations are meant,
 * and whether the client shows forms.
 */
export function streamableHttp(
  app: FastifyInstance,
  servers: ServerFactory,
  stopping: AbortSignal,
  route = '/mcp',
): void {
  const calls = new RunningCalls();
  app.post(route, READING, async (request, reply) => {
    const body = request.body as UncheckedMessage;
    const { owner, session, scopes } = callerOf(request);
    const call = { owner, session: sessionOf(request), id: body?.id };
    if (body?.method === 'notifications/cancelled') {
      calls.cancel({ ...call, id: body.params?.requestId });
      return reply.code(202).send();
    }
    reply.hijack();
    if (body?.method === 'initialize') reply.raw.setHeader('mcp-session-id', sessionIdFor(body));
    const asJson = takesJsonAlone(request.raw);
    const forms = !asJson && call.session?.endsWith(FORMS) === true;
    const server = servers({ owner, session, scopes, forms, stopping, log: request.log });
    const end = (): void => void server.close();
    // Ending the server ends the answer, too: who cancels a call waits for none.
    const forget = calls.add(call, end);
    reply.raw.once('close', () => {
      forget();
      end();
    });
    keepAlive(reply.raw);
    await answer(request, reply, { asJson, connect: (transport) => server.connect(transport) });
  });
  app.route({
    method: ['GET', 'DELETE'],
    url: route,
    ...READING,
    handler: (_request, reply) => {
      void reply.header('allow', 'POST');
      throw new ApiError('method_not_allowed', 'MCP has no streams and no sessions here');
    },
  });
}

function sessionIdFor({ params }: NonNullable<UncheckedMessage>): string {
  const { data } = ClientCapabilitiesSchema.safeParse(params?.capabilities);
  return `${randomUUID()}${showsForms(data) ? FORMS : ''}`;
}

const STREAM_TYPE = 'text/event-stream';

/**
 * Whether the client reads JSON and names no stream; it is answered with JSON then. The SDK answers 406 to all that do
 * not accept both, so that is what it is told of a client that reads one of them.
 */
function takesJsonAlone({ headers }: IncomingMessage): boolean {
  const accept = headers.accept ?? '*/*';
  const takesStream = accept.includes(STREAM_TYPE);
  if (!takesStream && !/\*\/\*|application\/(?:\*|json)/.test(accept)) return false;
  headers.accept = `application/json, ${STREAM_TYPE}`;
  return !takesStream;
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  { asJson, connect }: { asJson: boolean; connect: (transport: Transport) => Promise<void> },
): Promise<void> {
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: asJson });
  try {
    // Its optional members are declared without `undefined`.
    await connect(transport);
    await transport.handleRequest(request.raw, reply.raw, request.body);
  } catch (err) {
    request.log.error({ err }, 'an MCP request failed');
    fail(reply.raw);
  }
}

function fail(response: ServerResponse): void {
  if (!response.headersSent) response.writeHead(500);
  response.end();
}

function sessionOf({ headers }: FastifyRequest): string | undefined {
  const sent = headers['mcp-session-id'];
  return Array.isArray(sent) ? undefined : sent;
}
