import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import type { ApiDeps } from '../http/deps.ts';
import { describeError } from '../http/error-reply.ts';
import { ApiError } from '../http/api-error.ts';
import { requireScopes } from '../auth/authenticate.ts';
import { scopesOf } from './scopes.ts';
import { createServers, type ServerFactory } from './server.ts';
import { legacySse } from './sse.ts';
import { streamableHttp } from './streamable.ts';
import { cancelJobTool, getJobTool, jobEventsTool, listJobsTool, retryJobTool } from './tools/jobs.ts';
import { listProfilesTool } from './tools/list-profiles.ts';
import { executePlanTool, getPlanTool, listPlansTool, planTaskTool } from './tools/plans.ts';
import { runTaskTool } from './tools/run-task.ts';
import { cleanupWorktreesTool, getWorktreeTool, listWorktreesTool, prepareWorktreeTool } from './tools/worktrees.ts';

const JOBS = [runTaskTool, getJobTool, listJobsTool, cancelJobTool, retryJobTool, jobEventsTool];
const PLANS = [planTaskTool, getPlanTool, listPlansTool, executePlanTool];
const WORKTREES = [prepareWorktreeTool, getWorktreeTool, listWorktreesTool, cleanupWorktreesTool];
const TOOLS = [...JOBS, listProfilesTool, ...PLANS, ...WORKTREES];

/** Codes of Fastify for a body that is not JSON. */
const NO_JSON: ReadonlySet<string> = new Set(['FST_ERR_CTP_INVALID_JSON_BODY', 'FST_ERR_CTP_EMPTY_JSON_BODY']);

/** The MCP server, at /mcp and for old clients at /sse and /messages. */
export function mcpRoutes(app: FastifyInstance, deps: ApiDeps, done: () => void): void {
  const tools = TOOLS.map((tool) => tool(deps));
  const scopes = scopesOf(tools);
  app.addHook('preHandler', (request, _reply, done) => {
    requireScopes(request, deps.config, scopes(request.body));
    done();
  });
  serveMcp(app, createServers(tools, deps.version));
  done();
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
  const code = NO_JSON.has(thrown.code) ? ErrorCode.ParseError : ErrorCode.InvalidRequest;
  void reply.code(statusCode).send({ jsonrpc: '2.0', id: null, error: { code, message: error, data } });
}
