import type { Config } from '../../config/index.ts';
import { Failure } from '../../contract/shared/failures.ts';
import type { OAuth } from './oauth.ts';

/** The OAuth issuer whose tokens are taken; undefined where none is configured. */
export function oauthOf({ oauthIssuer: issuer, oauthAudience: audience }: Config): OAuth | undefined {
  return issuer === undefined || audience === undefined ? undefined : { issuer, audience };
}

/** Whether callers must show who they are. */
export const needsCredential = (config: Config): boolean => config.apiKeys.length > 0 || oauthOf(config) !== undefined;

/**
 * Refuses, with `invalid_config`, settings under which the API would be open to other machines by mistake, or OAuth is
 * configured by half.
 */
export function checkAccess(config: Config): void {
  const { host, allowAnonymous, oauthIssuer, oauthAudience } = config;
  if ((oauthIssuer === undefined) !== (oauthAudience === undefined))
    throw new Failure(
      'invalid_config',
      'AGENTICORE_OAUTH_ISSUER and AGENTICORE_OAUTH_AUDIENCE must be set together: set both or neither.',
    );
  if (needsCredential(config) || allowAnonymous || isLoopback(host)) return;
  throw new Failure(
    'invalid_config',
    `AGENTICORE_HOST ${host} can be reached from other machines, where anybody could run agents on this one. Set AGENTICORE_API_KEYS (or AGENTICORE_OAUTH_ISSUER), listen on 127.0.0.1, or set AGENTICORE_ALLOW_ANONYMOUS=true.`,
  );
}

const isLoopback = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(host);
