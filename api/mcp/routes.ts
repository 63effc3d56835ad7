import type { FastifyInstance } from 'fastify';
import type { ApiDeps } from '../http/deps.ts';
import { answerMcpError } from './error.ts';
import { requireScopes } from '../auth/authenticate.ts';
import { ownerOf } from '../auth/caller.ts';
import { isAnswer, Questions } from './questions.ts';
import { scopesOf } from './scopes.ts';
import { INSTRUCTIONS } from './instructions.ts';
import { createServers, type ServerFactory } from './server.ts';
import { legacySse } from './sse.ts';
import { streamableHttp } from './streamable.ts';
import { agentCompletionsTool } from './tools/agent-completions.ts';
import { cancelJobTool, getJobTool, jobEventsTool, listJobsTool, retryJobTool } from './tools/jobs.ts';
import { listProfilesTool } from './tools/list-profiles.ts';
import { executePlanTool, getPlanTool, listPlansTool, planTaskTool } from './tools/plans.ts';
import { runTools } from './tools/runs.ts';
import { sessionTools } from './tools/sessions.ts';
import { runTaskTool } from './tools/run-task.ts';
import { usageTool } from './tools/usage.ts';
import { cleanupWorktreesTool, getWorktreeTool, listWorktreesTool, prepareWorktreeTool } from './tools/worktrees.ts';

const JOBS = [runTaskTool, getJobTool, listJobsTool, cancelJobTool, retryJobTool, jobEventsTool];
const PLANS = [planTaskTool, getPlanTool, listPlansTool, executePlanTool];
const WORKTREES = [prepareWorktreeTool, getWorktreeTool, listWorktreesTool, cleanupWorktreesTool];
const TOOLS = [...JOBS, usageTool, listProfilesTool, ...PLANS, ...WORKTREES];

/** The MCP server, at /mcp and for old clients at /sse and /messages. */
export function mcpRoutes(app: FastifyInstance, deps: ApiDeps, done: () => void): void {
  const agents = deps.config.agentMode ? [agentCompletionsTool(deps)] : [];
  const tools = [...TOOLS.map((tool) => tool(deps)), ...sessionTools(deps), ...runTools(deps), ...agents];
  const scopes = scopesOf(tools);
  const questions = new Questions(deps);
  app.addHook('preHandler', async (request, reply) => {
    requireScopes(request, deps.config, scopes(request.body));
    if (!isAnswer(request.body)) return;
    await questions.take(request.body, ownerOf(request));
    await reply.code(202).send();
  });
  serveMcp(app, createServers(tools, { version: deps.version, instructions: INSTRUCTIONS, questions }));
  done();
}

/** Both HTTP transports in front of `servers`. Errors before a server is reached are JSON-RPC errors, too. */
export function serveMcp(app: FastifyInstance, servers: ServerFactory): void {
  const stopping = new AbortController();
  app.addHook('preClose', (done) => {
    stopping.abort();
    done();
  });
  app.setErrorHandler(answerMcpError);
  streamableHttp(app, servers, stopping.signal);
  legacySse(app, servers, stopping.signal);
}
