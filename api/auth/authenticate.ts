import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from '../../config/index.ts';
import { LOCAL_OWNER } from '../../contract/workflow/names.ts';
import { needsCredential, oauthOf } from './exposure-check.ts';
import { credentialOf, dropQueryKey, findOwner, passwordOf, type Credential } from './credentials.ts';
import { ApiError } from '../http/api-error.ts';
import { isDocs } from '../http/docs-page.ts';
import { isPage } from '../openai/page/routes.ts';
import { tokenReader } from './oauth.ts';
import { callerOf, SCOPES, type Caller, type Scope } from './caller.ts';
import { metadataUrl } from './protected-resource.ts';
import { createRateLimit } from '../http/rate-limit.ts';

/**
 * Requires an API key or a token on every route but `/health`, `/.well-known/` and `/chat`, also on unknown routes, and
 * sets `request.caller`. While neither keys nor OAuth are configured, every caller is LOCAL_OWNER. Throws 401
 * `unauthorized`, 403 `insufficient_scope`, 429 `too_many_requests`. For `/docs` a browser may send the key or token as
 * the password of Basic authentication.
 */
export async function authenticate(app: FastifyInstance, config: Config): Promise<void> {
  app.decorateRequest('caller', null);
  if (!needsCredential(config)) {
    const local: Caller = { owner: LOCAL_OWNER, scopes: SCOPES };
    app.addHook('onRequest', (request, _reply, done) => {
      request.caller = local;
      dropQueryKey(request);
      done();
    });
    return;
  }
  const identify = identifier(config);
  const limit = await createRateLimit(app, config.rateLimit);
  app.addHook('onRequest', async (request) => {
    const credential =
      credentialOf(request, config.allowQueryKey) ?? (isDocs(request) ? passwordOf(request) : undefined);
    dropQueryKey(request);
    if (isPublic(request)) return;
    const caller = credential && (await identify(credential));
    if (caller === undefined) throw unauthorized(request, config, credential !== undefined);
    request.caller = caller;
    await limit(request);
    const { allScopes } = request.routeOptions.config;
    if (allScopes === undefined) requireOneOf(request, config, scopesOf(request));
    else requireScopes(request, config, allScopes);
  });
}

function identifier(config: Config): (credential: Credential) => Promise<Caller | undefined> {
  const oauth = oauthOf(config);
  const readToken = oauth && tokenReader(oauth);
  return async ({ kind, secret }) => {
    const owner = findOwner(config.apiKeys, secret);
    if (owner !== undefined) return { owner, scopes: SCOPES };
    return kind === 'bearer' ? readToken?.(secret) : undefined;
  };
}

/** By the route that was found, not by what the address looks like. */
function isPublic(request: FastifyRequest): boolean {
  const { routeOptions, url } = request;
  const { url: route } = routeOptions;
  // What agents of sessions reach has tokens of its own.
  return (
    isPage(request) || route === '/health' || route === '/mcp/session' || (route ?? url).startsWith('/.well-known/')
  );
}

/** Routes about sessions, their runs and approvals, and chats, which are sessions. */
const OF_SESSIONS = /^\/(sessions|runs|approvals|stream|daemon|v1|completions)(\/|$)/;

/** The scopes of which a route needs one. */
function scopesOf({ method, routeOptions: { config, url = '' } }: FastifyRequest): readonly Scope[] {
  const verb = method === 'GET' || method === 'HEAD' ? 'read' : 'write';
  return config.scopes ?? [`${OF_SESSIONS.test(url) ? 'sessions' : 'jobs'}:${verb}`];
}

function unauthorized(request: FastifyRequest, config: Config, shown: boolean): ApiError {
  const metadata = metadataUrl(request, config);
  const parts = [
    metadata === undefined ? 'realm="agenticore"' : `resource_metadata="${metadata}"`,
    ...(shown ? ['error="invalid_token"'] : []),
    ...(metadata === undefined ? [] : [`scope="${SCOPES.join(' ')}"`]),
  ];
  const message = shown ? 'the API key or token is not valid' : 'the request has no API key';
  return new ApiError('unauthorized', message).withHeaders({
    'www-authenticate': isDocs(request) ? 'Basic realm="agenticore"' : `Bearer ${parts.join(', ')}`,
  });
}

/** Refuses a call whose token is for none of `scopes`, with 403 `insufficient_scope`. */
function requireOneOf(request: FastifyRequest, config: Config, scopes: readonly Scope[]): void {
  const granted = callerOf(request).scopes;
  if (!scopes.some((scope) => granted.includes(scope))) requireScopes(request, config, scopes.slice(0, 1));
}

/** Refuses a call whose token is not for all of `scopes`, with 403 `insufficient_scope`. */
export function requireScopes(request: FastifyRequest, config: Config, scopes: readonly Scope[]): void {
  const granted = callerOf(request).scopes;
  const missing = scopes.find((scope) => !granted.includes(scope));
  if (missing === undefined) return;
  const metadata = metadataUrl(request, config);
  const parts = [
    'error="insufficient_scope"',
    `scope="${scopes.join(' ')}"`,
    ...(metadata === undefined ? [] : [`resource_metadata="${metadata}"`]),
  ];
  throw new ApiError('insufficient_scope', `the token lacks the scope ${missing}`).withHeaders({
    'www-authenticate': `Bearer ${parts.join(', ')}`,
  });
}
