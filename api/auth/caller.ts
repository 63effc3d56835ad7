import type { FastifyRequest } from 'fastify';

/** What a token may be for. An API key is for everything. */
export const SCOPES = ['jobs:read', 'jobs:write', 'sessions:read', 'sessions:write'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who makes a call. */
export interface Caller {
  owner: string;
  scopes: readonly string[];
  /** The session in whose name its agent calls. */
  session?: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who makes the call; null on routes that are for everybody. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** Scopes of which the route needs one, where its address and method do not tell. */
    scopes?: readonly Scope[];
    /** The scopes of which the route needs all, in place of one. */
    allScopes?: readonly Scope[];
  }
}

/** The owner of what a call submits, and of all that it can see. Throws on routes that are for everybody. */
export function ownerOf(request: FastifyRequest): string {
  return callerOf(request).owner;
}

/** Who makes the call, and what for. Throws on routes that are for everybody. */
export function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === null) throw new Error('a public route asked for the caller');
  return caller;
}
