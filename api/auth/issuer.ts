import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { ApiError } from '../http/api-error.ts';

/** How long the issuer may take to answer (milliseconds). */
const ANSWER_MS = 5_000;

/** How long an issuer that did not answer is not asked again (milliseconds): any caller can send a token. */
const PAUSE_MS = 5_000;

const Metadata = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

/**
 * The public keys of an OAuth issuer, found by its metadata when they are first needed. Rejects with 503
 * `oauth_unavailable` while the issuer does not answer.
 */
export function keysOf(issuer: string): () => Promise<JWTVerifyGetKey> {
  let found: Promise<JWTVerifyGetKey> | undefined;
  let askAgain = 0;
  return () => {
    if (found === undefined || performance.now() > askAgain) {
      askAgain = Infinity;
      found = discover(issuer);
      found.catch(() => (askAgain = performance.now() + PAUSE_MS));
    }
    return found;
  };
}

/** 503 for a token that cannot be checked now. */
export const oauthUnavailable = (cause: unknown): ApiError =>
  Object.assign(
    new ApiError('oauth_unavailable', 'the OAuth issuer does not answer, so the token cannot be checked').withHeaders({
      'retry-after': String(PAUSE_MS / 1_000),
    }),
    { cause },
  );

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const problems: unknown[] = [];
  for (const url of metadataUrls(issuer)) {
    try {
      const { jwks_uri } = await readMetadata(url, issuer);
      return createRemoteJWKSet(new URL(jwks_uri), { timeoutDuration: ANSWER_MS });
    } catch (error) {
      problems.push(error);
    }
  }
  throw oauthUnavailable(problems);
}

async function readMetadata(url: URL, issuer: string): Promise<z.infer<typeof Metadata>> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS) });
  if (!response.ok) throw new Error(`${url.href} answers ${response.status}`);
  const metadata = Metadata.parse(await response.json());
  // Who serves one tenant's metadata must not speak for another.
  if (metadata.issuer !== issuer) throw new Error(`${url.href} is the metadata of another issuer`);
  if (new URL(issuer).protocol === 'https:' && new URL(metadata.jwks_uri).protocol !== 'https:')
    throw new Error(`${url.href} names keys that are not on https`);
  return metadata;
}

/** Where RFC 8414 and OpenID Connect put an issuer's metadata. */
function metadataUrls(issuer: string): URL[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    new URL(`${origin}/.well-known/oauth-authorization-server${path}`),
    new URL(`${origin}${path}/.well-known/openid-configuration`),
  ];
}
