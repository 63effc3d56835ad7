import type { FastifyRequest } from 'fastify';
import { ApiError } from './errors.ts';

/** What a token may be for. An API key is for everything. */
export const SCOPES = ['jobs:read', 'jobs:write'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who makes a call. */
export interface Caller {
  owner: string;
  scopes: readonly string[];
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who makes the call; null on routes that are for everybody. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** Scope that the route needs, where its method does not tell. */
    scope?: Scope;
  }
}

/** The owner of what a call submits, and of all that it can see. Throws on routes that are for everybody. */
export function ownerOf(request: FastifyRequest): string {
  return callerOf(request).owner;
}

/** Refuses a call whose token is not for `scope`, with 403 `insufficient_scope`. */
export function requireScope(request: FastifyRequest, scope: Scope): void {
  if (callerOf(request).scopes.includes(scope)) return;
  throw new ApiError(
    403,
    'insufficient_scope',
    `the token is not for ${scope}`,
    `Get a token with the scope ${scope}.`,
  ).withHeaders({ 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` });
}

function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === null) throw new Error('a route for everybody asked who calls');
  return caller;
}
