import { SYNC_TARGETS } from '../../config/synced.ts';
import { SyncOutcomes, SyncQuery } from '../../contract/http/sync.ts';
import type { ApiDeps } from '../http/deps.ts';
import { errors, type TypedApp } from '../http/typed-app.ts';

/** Fetches what profiles and packages are kept in repositories. */
export function syncRoute(app: TypedApp, { sync }: ApiDeps): void {
  const schema = {
    summary: 'Fetch profiles and agent packages from their repositories',
    querystring: SyncQuery,
    response: { 200: SyncOutcomes, ...errors },
  };
  app.post('/admin/sync', { schema, config: { scopes: ['jobs:write'] } }, async ({ query: { target } }) =>
    sync(SYNC_TARGETS.filter((each) => target === 'all' || each === target)),
  );
}
