import { createAppAuth } from '@octokit/auth-app';
import { Octokit, RequestError } from 'octokit';
import { z } from 'zod';
import { Failure } from '../contract/shared/failures.ts';
import type { ForgeRepo } from './address.ts';
import { orAbsent, read } from './answers.ts';
import type { GitHubApp } from './settings.ts';
import { failed, forgeFetch, isRefusal, type ForgeScope } from './http.ts';

/** How GitHub is reached: by its App where there is one, else by a token. */
export interface GitHubAccess {
  apiUrl: string;
  token: string | undefined;
  app: GitHubApp | undefined;
}

/** A request by GitHub's own name for it: `GET /repos/{owner}/{repo}`. Gives the answer's data. */
export type Ask = (route: string, parameters?: Record<string, unknown>) => Promise<unknown>;

/** What a token may be used for. An App's is minted anew each time. */
export interface Minted {
  token: string;
  /** Of an App's token: `contents`, `pull_requests` … → `read` or `write`. Undefined for a user's. */
  permissions?: Record<string, string>;
}

/** Speaks to the API with `authorization`; rejects as forgeFetch does, and nothing is tried twice. */
export function asker(apiUrl: string, scope: ForgeScope, authorization: string): Ask {
  const off = { retry: { enabled: false }, throttle: { enabled: false } };
  const octokit = new Octokit({ baseUrl: apiUrl, request: { fetch: forgeFetch(scope) }, ...off });
  return async (route, parameters = {}) => {
    try {
      const answer = await octokit.request(route, { ...parameters, headers: { authorization } });
      return answer.data as unknown;
    } catch (error) {
      throw error instanceof RequestError && error.cause !== undefined ? error.cause : error;
    }
  };
}

const Installation = z.object({ id: z.number() });
const AccessToken = z.object({ token: z.string().min(1), permissions: z.record(z.string(), z.string()).default({}) });

/** A token for the repository alone; `for: 'owner'` gives one for all that the owner lets the App see. */
export async function mint(
  access: GitHubAccess,
  repo: ForgeRepo,
  scope: ForgeScope,
  whom: 'repo' | 'owner' = 'repo',
): Promise<Minted> {
  const { app, token = '', apiUrl } = access;
  if (app === undefined) return { token };
  const ask = asker(apiUrl, scope, `bearer ${await appJwt(app)}`);
  const id = app.installationId ?? (await installationOf(ask, repo, scope, whom));
  const only = whom === 'repo' ? { repositories: [repo.name] } : {};
  try {
    const minted = await ask('POST /app/installations/{installation_id}/access_tokens', {
      installation_id: id,
      ...only,
    });
    return read(AccessToken, minted, scope);
  } catch (error) {
    if (isRefusal(error, 422)) throw notInstalled(repo, scope);
    throw error;
  }
}

async function installationOf(
  ask: Ask,
  { owner, name }: ForgeRepo,
  scope: ForgeScope,
  whom: 'repo' | 'owner',
): Promise<number> {
  const found = await orAbsent(
    whom === 'repo'
      ? ask('GET /repos/{owner}/{repo}/installation', { owner, repo: name })
      : ask('GET /users/{username}/installation', { username: owner }),
  );
  if (found === undefined) throw notInstalled({ path: whom === 'repo' ? `${owner}/${name}` : owner }, scope);
  return read(Installation, found, scope).id;
}

const notInstalled = ({ path }: Pick<ForgeRepo, 'path'>, scope: ForgeScope): Failure =>
  failed(scope, 'forge_auth_failed', `The GitHub App is not installed on ${path}; install it there.`);

// Only the App's own signature is left to the library: it shares a minted token among callers who ask at the same time.
async function appJwt({ appId, privateKey }: GitHubApp): Promise<string> {
  try {
    return (await createAppAuth({ appId, privateKey })({ type: 'app' })).token;
  } catch {
    throw new Failure('invalid_config', 'The private key of the GitHub App is not valid; it must be PEM.');
  }
}
