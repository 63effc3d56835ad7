import { StatsQuery, StatsReply } from '../../contract/http/stats.ts';
import { ownerOf } from '../auth/caller.ts';
import type { ApiDeps } from '../http/deps.ts';
import { errors, type TypedApp } from '../http/typed-app.ts';

const schema = {
  summary: 'Count how jobs and runs have ended, how long they took and waited, and what was retried',
  querystring: StatsQuery,
  response: { 200: StatsReply, ...errors },
};

/** `GET /stats`. */
export function statsRoutes(app: TypedApp, { stats }: ApiDeps): void {
  const config = { allScopes: ['jobs:read', 'sessions:read'] as const };
  app.get('/stats', { schema, config }, async (request) => ({
    success: true as const,
    ...(await stats.read(ownerOf(request), request.query)),
  }));
}
