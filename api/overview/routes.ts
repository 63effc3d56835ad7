import { OverviewQuery, OverviewReply } from '../../contract/http/overview.ts';
import { requireScopes } from '../auth/authenticate.ts';
import { ownerOf, type Scope } from '../auth/caller.ts';
import type { ApiDeps } from '../http/deps.ts';
import { errors, type TypedApp } from '../http/typed-app.ts';

/** What is told is of jobs and of sessions: a token must be good for both. */
const SCOPES: Scope[] = ['jobs:read', 'sessions:read'];

const schema = {
  summary: 'Read what runs and waits: jobs, sessions, approvals and seats, for one who watches',
  querystring: OverviewQuery,
  response: { 200: OverviewReply, ...errors },
};

/** `GET /overview`. */
export function overviewRoutes(app: TypedApp, { config, overviews }: ApiDeps): void {
  app.get('/overview', { schema, config: { scopes: SCOPES } }, async (request) => {
    requireScopes(request, config, SCOPES);
    return { success: true as const, ...(await overviews.read(ownerOf(request), request.query)) };
  });
}
