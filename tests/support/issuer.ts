import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWTPayload } from 'jose';

/** An OAuth issuer on loopback: its metadata, its public key, and whatever token a test wants of it. */
export interface Issuer {
  url: string;
  /** The public key as PEM. */
  pem: string;
  /** A token that is signed by this issuer's key; `claims` add to, or replace, those of a good one for `audience`. */
  token: (claims?: Record<string, unknown>) => Promise<string>;
  close: () => Promise<void>;
}

/** Starts an issuer whose tokens are for `audience`. All issuers call their key the same. */
export async function startIssuer(audience: string): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'first', alg: 'ES256', use: 'sig' };
  const server = createServer((request, response) => {
    const documents: Record<string, object> = {
      '/.well-known/openid-configuration': { issuer: url, jwks_uri: `${url}/keys` },
      '/keys': { keys: [jwk] },
    };
    const document = documents[request.url ?? ''];
    response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? {}));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    pem: await exportSPKI(publicKey),
    token: (claims = {}) =>
      new SignJWT({ ...goodClaims(url, audience), ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'first' })
        .sign(privateKey),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What a token says that is good for an hour. */
export function goodClaims(iss: string, aud: string): JWTPayload {
  const iat = Math.floor(Date.now() / 1_000);
  return { iss, aud, iat, exp: iat + 3_600, sub: 'carol', scope: 'jobs:read jobs:write' };
}
