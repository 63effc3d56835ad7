import { startApiWorld, type Api } from './api.ts';
import { startIssuer, type Issuer } from './issuer.ts';

/** What the tokens must be for. */
export const AUDIENCE = 'https://agenticore.example';

/** The one API key, that of alice. */
export const KEY = 'alice-key-0123456789abcdef';

/** An API that takes the tokens of `issuer` and the key of alice. */
export interface OAuthWorld {
  api: Api;
  issuer: Issuer;
  /** An issuer that the API knows nothing of. */
  other: Issuer;
  close: () => Promise<void>;
}

export async function startOAuthWorld(): Promise<OAuthWorld> {
  const [issuer, other] = [await startIssuer(AUDIENCE), await startIssuer(AUDIENCE)];
  const api = await startApiWorld({
    AGENTICORE_API_KEYS: `alice=${KEY}`,
    AGENTICORE_OAUTH_ISSUER: issuer.url,
    AGENTICORE_OAUTH_AUDIENCE: AUDIENCE,
  });
  const close = async (): Promise<void> => {
    await api.close();
    await issuer.close();
    await other.close();
  };
  return { api, issuer, other, close };
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
