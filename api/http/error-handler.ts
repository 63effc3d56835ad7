import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorReply } from '../../contract/http/replies.ts';
import { describeError, type Described } from './error-reply.ts';
import { ApiError } from './api-error.ts';

/** Longest part of an address that an answer repeats (characters). */
const MAX_ECHO = 200;

/** Every error of a route and of Fastify around it, in the one shape of ErrorReply. No stack, nothing of ours. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) =>
    send(reply, {
      statusCode: 404,
      code: 'route_not_found',
      error: `there is no ${request.method} ${request.url.split('?', 1)[0]?.slice(0, MAX_ECHO) ?? ''}`,
      next_step: 'See /openapi.json for what there is.',
    }),
  );
}

/** Answers an error with what the caller may know of it, and logs it where it is the server's. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const described = describeError(error);
  if (described.statusCode >= 500) request.log.error({ err: error }, 'request failed');
  if (error instanceof ApiError) void reply.headers(error.headers);
  void send(reply, described);
}

/** Answers what is no HTTP request, too slow or too large to become one, in the same shape, and hangs up. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const told = { ...error, name: 'FastifyError', code: error.code ?? '', statusCode: 400, message: 'this is no HTTP' };
  const { statusCode, body } = split(describeError(told));
  const text = JSON.stringify(body);
  const head = `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ''}\r\nContent-Length: ${Buffer.byteLength(text)}`;
  if (socket.writable) socket.write(`${head}\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n${text}`);
  socket.destroy(error);
}

function send(reply: FastifyReply, described: Described): FastifyReply {
  const { statusCode, body } = split(described);
  return reply.code(statusCode).send(body);
}

function split({ statusCode, ...rest }: Described): { statusCode: number; body: ErrorReply } {
  return { statusCode, body: { success: false, ...rest } };
}
