import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { digestOf, type ApiKey } from '../../contract/http/api-keys.ts';

/** An API key, or a bearer token, which may be an API key or come from the OAuth issuer. */
export interface Credential {
  kind: 'key' | 'bearer';
  secret: string;
}

/** Removes `api_key` from the query, so that no route refuses it as an unknown field. */
export function dropQueryKey({ query }: FastifyRequest): void {
  delete (query as { api_key?: unknown } | undefined)?.api_key;
}

/**
 * The credential of a call: `X-API-Key`, else `Authorization: Bearer`, else, where `queryKey` allows it, `?api_key=`.
 * Undefined where there is none, or where the header was sent twice.
 */
export function credentialOf({ headers, query }: FastifyRequest, queryKey: boolean): Credential | undefined {
  const key = headers['x-api-key'];
  if (key !== undefined) return typeof key === 'string' ? { kind: 'key', secret: key } : undefined;
  if (headers.authorization !== undefined) {
    const [, secret] = /^bearer +(\S+) *$/i.exec(headers.authorization) ?? [];
    return secret === undefined ? undefined : { kind: 'bearer', secret };
  }
  const asked = (query as { api_key?: unknown } | undefined)?.api_key;
  return queryKey && typeof asked === 'string' ? { kind: 'key', secret: asked } : undefined;
}

/**
 * The key or token as the password of `Authorization: Basic`, which a browser asks its user for. Only for the pages
 * that a browser opens: it sends the password along with every later request of the page, unasked.
 */
export function passwordOf({ headers: { authorization = '' } }: FastifyRequest): Credential | undefined {
  const [, encoded] = /^basic +(\S+) *$/i.exec(authorization) ?? [];
  const [, secret] = /^[^:]*:(.+)$/.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? [];
  return secret === undefined ? undefined : { kind: 'bearer', secret };
}

/** The owner of the key that `secret` is, or undefined. How long that takes tells nothing about any key. */
export function findOwner(keys: readonly ApiKey[], secret: string): string | undefined {
  const shown = digestOf(secret);
  let owner: string | undefined;
  for (const key of keys) if (timingSafeEqual(key.digest, shown)) owner = key.owner;
  return owner;
}
