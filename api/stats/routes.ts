import { StatsQuery, StatsReply } from '../../contract/http/stats.ts';
import { requireScopes } from '../auth/authenticate.ts';
import { ownerOf, type Scope } from '../auth/caller.ts';
import type { ApiDeps } from '../http/deps.ts';
import { errors, type TypedApp } from '../http/typed-app.ts';

/** What is told is of jobs and of sessions: a token must be good for both. */
const SCOPES: Scope[] = ['jobs:read', 'sessions:read'];

const schema = {
  summary: 'Count how jobs and runs have ended, how long they took and waited, and what was retried',
  querystring: StatsQuery,
  response: { 200: StatsReply, ...errors },
};

/** `GET /stats`. */
export function statsRoutes(app: TypedApp, { config, stats }: ApiDeps): void {
  app.get('/stats', { schema, config: { scopes: SCOPES } }, async (request) => {
    requireScopes(request, config, SCOPES);
    return { success: true as const, ...(await stats.read(ownerOf(request), request.query)) };
  });
}
