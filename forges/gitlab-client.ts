import { Branches, MergeRequests, Namespaces, Projects, Users } from '@gitbeaker/rest';
import { createRequesterFn } from '@gitbeaker/requester-utils';
import { z } from 'zod';
import { defined } from '../contract/shared/defined.ts';
import { read } from './answers.ts';
import { forgeFetch, type ForgeScope, type RootedScope } from './http.ts';

/** The parts of GitLab's API that are used, all for one task. */
export interface GitLabClient {
  branches: Branches;
  mergeRequests: MergeRequests;
  namespaces: Namespaces;
  projects: Projects;
  users: Users;
}

/** Speaks to the API with `token`; rejects as forgeFetch does, and nothing is tried twice. */
export function gitlabClient(scope: RootedScope, token: string): GitLabClient {
  const requesterFn = createRequesterFn((_, request) => Promise.resolve(request), requestHandler(scope));
  // A personal, project or group token is good as an OAuth token too. The time limit is forgeFetch's.
  const options = { host: scope.root, oauthToken: token, requesterFn, queryTimeout: null, rateLimits: {} };
  return {
    branches: new Branches(options),
    mergeRequests: new MergeRequests(options),
    namespaces: new Namespaces(options),
    projects: new Projects(options),
    users: new Users(options),
  };
}

const Sent = z.object({
  method: z.string(),
  prefixUrl: z.string(),
  searchParams: z.string().default(''),
  headers: z.record(z.string(), z.string()),
  body: z.string().optional(),
});
const Body = z.union([z.record(z.string(), z.unknown()), z.array(z.record(z.string(), z.unknown()))]);

// In place of the library's own, which follows redirects and tries a 429 or 502 ten times.
const requestHandler = (scope: ForgeScope): Parameters<typeof createRequesterFn>[1] => {
  const fetch = forgeFetch(scope);
  return async (endpoint, options) => {
    const { method, prefixUrl, searchParams, headers, body } = Sent.parse(options);
    const url = new URL(endpoint, prefixUrl);
    url.search = searchParams;
    const answer = await fetch(url, { method, headers, ...defined({ body }) });
    const data: unknown = await answer.json().catch(() => undefined);
    return { body: read(Body, data, scope), headers: Object.fromEntries(answer.headers), status: answer.status };
  };
};
