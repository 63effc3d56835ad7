import type { FastifyInstance } from 'fastify';
import { sessionKey } from '../../config/session-key.ts';
import { sessionOfToken } from '../../contract/http/session-token.ts';
import { credentialOf } from '../auth/credentials.ts';
import { ApiError } from '../http/api-error.ts';
import type { ApiDeps } from '../http/deps.ts';
import { answerMcpError } from './error.ts';
import { OWN_SESSION_INSTRUCTIONS } from './instructions.ts';
import { createServers } from './server.ts';
import { streamableHttp } from './streamable.ts';
import { ownSessionTools } from './tools/own-session.ts';

/** Where the agent of a session reaches us, with the token of that session alone. */
const OWN_SESSION_ROUTE = '/mcp/session';

/** The MCP server for the agents of sessions: each acts in the name of its own, while a run of it is under way. */
export function ownSessionRoutes(app: FastifyInstance, deps: ApiDeps, done: () => void): void {
  const { sessions, config } = deps;
  const stopping = new AbortController();
  app.addHook('preClose', (closed) => {
    stopping.abort();
    closed();
  });
  app.addHook('preHandler', async (request) => {
    const { secret = '' } = credentialOf(request, false) ?? {};
    const id = sessionOfToken(sessionKey(config), secret);
    const session = id === undefined ? undefined : await sessions.reader.find(id);
    if (session?.memo.session?.active == null)
      throw new ApiError('unauthorized', 'the token is not that of a session whose agent works now');
    request.caller = { owner: session.memo.request.owner, scopes: [], session: session.id };
  });
  app.setErrorHandler(answerMcpError);
  const servers = createServers(ownSessionTools(deps), {
    version: deps.version,
    instructions: OWN_SESSION_INSTRUCTIONS,
  });
  streamableHttp(app, servers, stopping.signal, OWN_SESSION_ROUTE);
  done();
}
