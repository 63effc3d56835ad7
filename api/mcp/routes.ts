import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import type { ApiDeps } from '../app.ts';
import { describeError } from '../describe-error.ts';
import { ApiError } from '../errors.ts';
import { createServers, type ServerFactory } from './server.ts';
import { legacySse } from './sse.ts';
import { streamableHttp } from './streamable.ts';
import { jobEvents } from './tools/job-events.ts';
import { cancelJob, getJob, listJobs } from './tools/jobs.ts';
import { listProfilesTool } from './tools/list-profiles.ts';
import { runTask } from './tools/run-task.ts';

const TOOLS = [runTask, getJob, listJobs, cancelJob, listProfilesTool, jobEvents];

/** The MCP server, at /mcp and for old clients at /sse and /messages. */
export function mcpRoutes(app: FastifyInstance, deps: ApiDeps): void {
  serveMcp(
    app,
    createServers(
      TOOLS.map((tool) => tool(deps)),
      deps.version,
    ),
  );
}

/** Both HTTP transports in front of `servers`. Errors before a server is reached are JSON-RPC errors, too. */
export function serveMcp(app: FastifyInstance, servers: ServerFactory): void {
  const stopping = new AbortController();
  app.addHook('preClose', (done) => {
    stopping.abort();
    done();
  });
  app.setErrorHandler(answerError);
  streamableHttp(app, servers, stopping.signal);
  legacySse(app, servers, stopping.signal);
}

function answerError(thrown: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const { statusCode, error, ...data } = describeError(thrown);
  if (statusCode >= 500) request.log.error({ err: thrown }, 'an MCP request failed');
  if (thrown instanceof ApiError) void reply.headers(thrown.headers);
  const code = thrown instanceof SyntaxError ? ErrorCode.ParseError : ErrorCode.InvalidRequest;
  void reply.code(statusCode).send({ jsonrpc: '2.0', id: null, error: { code, message: error, data } });
}
