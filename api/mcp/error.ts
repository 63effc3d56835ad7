import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import { ApiError } from '../http/api-error.ts';
import { describeError } from '../http/error-reply.ts';

/** Codes of Fastify for a body that is not JSON. */
const NO_JSON: ReadonlySet<string> = new Set(['FST_ERR_CTP_INVALID_JSON_BODY', 'FST_ERR_CTP_EMPTY_JSON_BODY']);

/** Errors before an MCP server is reached are JSON-RPC errors, too. */
export function answerMcpError(thrown: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const { statusCode, error, ...data } = describeError(thrown);
  if (statusCode >= 500) request.log.error({ err: thrown }, 'an MCP request failed');
  if (thrown instanceof ApiError) void reply.headers(thrown.headers);
  const code = NO_JSON.has(thrown.code) ? ErrorCode.ParseError : ErrorCode.InvalidRequest;
  void reply.code(statusCode).send({ jsonrpc: '2.0', id: null, error: { code, message: error, data } });
}
