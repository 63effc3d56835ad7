import type { FastifyRequest } from 'fastify';
import type { Config } from '../../config/index.ts';
import { ApiError } from '../http/api-error.ts';
import { callerOf, type Scope } from './caller.ts';
import { metadataUrl } from './protected-resource.ts';

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
