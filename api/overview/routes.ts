import { OverviewQuery, OverviewReply } from '../../contract/http/overview.ts';
import { ownerOf } from '../auth/caller.ts';
import type { ApiDeps } from '../http/deps.ts';
import { errors, type TypedApp } from '../http/typed-app.ts';

const schema = {
  summary: 'Read what runs and waits: jobs, sessions, approvals and seats, for one who watches',
  querystring: OverviewQuery,
  response: { 200: OverviewReply, ...errors },
};

/** `GET /overview`. */
export function overviewRoutes(app: TypedApp, { overviews }: ApiDeps): void {
  const config = { allScopes: ['jobs:read', 'sessions:read'] as const };
  app.get('/overview', { schema, config }, async (request) => ({
    success: true as const,
    ...(await overviews.read(ownerOf(request), request.query)),
  }));
}
