import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorReply } from '../../contract/http/replies.ts';
import { describeError, type ErrorDescription } from './error-reply.ts';
import { ApiError } from './api-error.ts';

/** Longest part of a URL that a reply repeats (characters). */
const MAX_ECHO = 200;

/**
 * Replies to every error of a route, and of Fastify itself, with an ErrorReply, which has no stack and no internals.
 */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]?.slice(0, MAX_ECHO) ?? '';
    const error = new ApiError('route_not_found', `there is no route ${request.method} ${path}`);
    return send(reply, describeError(error));
  });
}

/** Replies to an error; logs it where it is the server's own. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const described = describeError(error);
  if (described.statusCode >= 500) request.log.error({ err: error }, 'request failed');
  if (error instanceof ApiError) void reply.headers(error.headers);
  const facts = error instanceof ApiError ? error.facts : {};
  void send(reply, { ...facts, ...described });
}

/**
 * Replies, in the same shape, to what is not a valid HTTP request, too slow or too large, and closes the connection.
 */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const message = 'not a valid HTTP request';
  const refused = { ...error, name: 'FastifyError', code: error.code ?? '', statusCode: 400, message };
  const { statusCode, body } = split(describeError(refused));
  const text = JSON.stringify(body);
  const head = `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ''}\r\nContent-Length: ${Buffer.byteLength(text)}`;
  if (socket.writable) socket.write(`${head}\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n${text}`);
  socket.destroy(error);
}

function send(reply: FastifyReply, described: ErrorDescription): FastifyReply {
  const { statusCode, body } = split(described);
  return reply.code(statusCode).send(body);
}

function split({ statusCode, ...rest }: ErrorDescription): { statusCode: number; body: ErrorReply } {
  return { statusCode, body: { success: false, ...rest } };
}
