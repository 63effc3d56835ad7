import { createHash } from 'node:crypto';
import { errors, jwtVerify, type JWTPayload } from 'jose';
import { OwnerName } from '../../contract/http/api-keys.ts';
import { ApiError } from '../http/api-error.ts';
import { keysOf, oauthUnavailable } from './issuer.ts';
import type { Caller } from './caller.ts';

/** Whose tokens are taken. */
export interface OAuth {
  issuer: string;
  audience: string;
}

/** Only signatures whose keys are not secret: an issuer's public key must never do as a shared one. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** By how much the issuer's clock may be off (seconds). */
const CLOCK_TOLERANCE_S = 5;

/**
 * Reads access tokens of one issuer. A token that is not of this issuer, not for this audience, not signed by the
 * issuer's keys, expired, or without a subject is undefined; rejects with 503 `oauth_unavailable` where it cannot be
 * checked.
 */
export function tokenReader({ issuer, audience }: OAuth): (token: string) => Promise<Caller | undefined> {
  const keys = keysOf(issuer);
  return async (token) => {
    // What is not a JWT must not cause a request to the issuer.
    if (token.split('.').length !== 3) return undefined;
    try {
      const options = { issuer, audience, algorithms: ALGORITHMS, clockTolerance: CLOCK_TOLERANCE_S };
      const { payload } = await jwtVerify(token, await keys(), { ...options, requiredClaims: ['exp', 'sub'] });
      return callerOf(issuer, payload);
    } catch (error) {
      if (error instanceof ApiError) throw error;
      if (isRefusal(error)) return undefined;
      throw oauthUnavailable(error);
    }
  };
}

/** Whether the token is at fault, and not the fetching of the keys. */
const isRefusal = (error: unknown): boolean =>
  error instanceof errors.JOSEError &&
  !['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'].includes(error.code);

function callerOf(issuer: string, { sub, scope, scp }: JWTPayload): Caller | undefined {
  if (typeof sub !== 'string' || sub === '') return undefined;
  const granted = scope ?? scp;
  const scopes = typeof granted === 'string' ? granted.split(' ') : Array.isArray(granted) ? granted.map(String) : [];
  return { owner: ownerFrom(issuer, sub), scopes };
}

/**
 * The owner that a subject of an issuer is: never one that another subject or another issuer has, and none that an API
 * key has unless it is so named on purpose. Subjects that no owner's name may be stand in it as their hash.
 */
export function ownerFrom(issuer: string, sub: string): string {
  const prefix = `oauth-${hash(issuer).slice(0, 8)}`;
  const plain = `${prefix}.${sub}`;
  // Some stores of visibility take capitals and small letters for the same.
  return OwnerName.safeParse(plain).success && sub === sub.toLowerCase()
    ? plain
    : `${prefix}-${hash(sub).slice(0, 40)}`;
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
