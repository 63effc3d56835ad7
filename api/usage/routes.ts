import { z } from 'zod';
import { JobId } from '../../contract/http/job-request.ts';
import { SessionUsageReply, UsageEntryReply, UsageGroupsReply, UsageQuery } from '../../contract/http/usage.ts';
import { ownerOf } from '../auth/caller.ts';
import type { ApiDeps } from '../http/deps.ts';
import { errors, type TypedApp } from '../http/typed-app.ts';
import { SessionParams } from '../sessions/routes.ts';
import { RunParams } from '../sessions/run-routes.ts';

/** What jobs, plans and runs have used, and what it has cost. */
export function usageRoutes(app: TypedApp, { usage }: ApiDeps): void {
  const one = { response: { 200: UsageEntryReply, ...errors } };

  app.get(
    '/jobs/:id/usage',
    { schema: { summary: 'Read what a job has used', params: z.object({ id: JobId }), ...one } },
    async (request) => ({ success: true as const, ...(await usage.ofJob(request.params.id, ownerOf(request))) }),
  );

  app.get(
    '/runs/:id/usage',
    { schema: { summary: 'Read what a run has used', params: RunParams, ...one } },
    async (request) => ({ success: true as const, ...(await usage.ofRun(request.params.id, ownerOf(request))) }),
  );

  app.get(
    '/sessions/:id/usage',
    {
      schema: {
        summary: 'Read what the runs of a session have used',
        params: SessionParams,
        response: { 200: SessionUsageReply, ...errors },
      },
    },
    async (request) => ({ success: true as const, ...(await usage.ofSession(request.params.id, ownerOf(request))) }),
  );

  app.get(
    '/usage',
    {
      schema: {
        summary: 'Sum up what your jobs, plans and runs have used',
        querystring: UsageQuery,
        response: { 200: UsageGroupsReply, ...errors },
      },
      config: { allScopes: ['jobs:read', 'sessions:read'] },
    },
    async (request) => ({ success: true as const, ...(await usage.groups(ownerOf(request), request.query)) }),
  );
}
