import type { FastifyRequest } from 'fastify';
import type { Config } from '../../config/index.ts';
import { oauthOf } from './exposure-check.ts';

/** Where RFC 9728 puts the metadata of a protected resource; that of `/mcp` has `/mcp` behind it. */
export const METADATA_PATH = '/.well-known/oauth-protected-resource';

/**
 * The resource that tokens must be for, as OAuth clients name it: the audience where that is an address, else the
 * address of this server as the caller knows it, with `path` behind it.
 */
export function resourceOf(request: FastifyRequest, audience: string, path: string): string {
  return isAddress(audience) ? audience : `${originOf(request, audience)}${path}`;
}

/** Where a caller without a valid token learns which issuer to ask; undefined where there is none. */
export function metadataUrl(request: FastifyRequest, config: Config): string | undefined {
  const oauth = oauthOf(config);
  if (oauth === undefined) return undefined;
  const path = /^\/mcp([/?]|$)/.test(request.url) ? '/mcp' : '';
  return `${originOf(request, oauth.audience)}${METADATA_PATH}${path}`;
}

const isAddress = (audience: string): boolean => /^https?:\/\//.test(audience) && URL.canParse(audience);

// A proxy in front of the server may change the scheme; the audience says what the outside sees. The Host is one of
// ours.
const originOf = ({ protocol, host }: FastifyRequest, audience: string): string =>
  isAddress(audience) ? new URL(audience).origin : `${protocol}://${host}`;
