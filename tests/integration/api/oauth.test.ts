import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT, UnsecuredJWT } from 'jose';
import type { JobRecord } from '../../../contract/http/job-record.ts';
import { startApiWorld, type Answer, type Api } from '../../support/api.ts';
import { goodClaims, startIssuer, type Issuer } from '../../support/issuer.ts';
import { AUDIENCE, bearer, KEY, startOAuthWorld, type OAuthWorld } from '../../support/oauth-world.ts';

let world: OAuthWorld;
let issuer: Issuer;
let other: Issuer;
let api: Api;
beforeAll(async () => {
  world = await startOAuthWorld();
  ({ api, issuer, other } = world);
});
afterAll(() => world.close());

const list = (token: string): Promise<Answer> => api.send({ path: '/jobs', headers: bearer(token) });
const now = (): number => Math.floor(Date.now() / 1_000);

async function challenge(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<string> {
  const sent = request(api.url + path, { method, headers, agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return response.headers['www-authenticate'] ?? '';
}

describe('a token of the issuer', () => {
  test('lets in, and its subject is the owner, apart from other subjects and from API keys', async () => {
    const submit = async (sub: string): Promise<JobRecord> => api.submit({}, bearer(await issuer.token({ sub })));
    const carol = await submit('carol');
    expect(carol.owner).toMatch(/^oauth-[0-9a-f]{8}\.carol$/);
    const strange = await submit("x' OR AgenticoreOwner != '");
    expect(strange.owner).toMatch(/^oauth-[0-9a-f]{8}-[0-9a-f]{40}$/);
    await api.countJobs();
    const jobs = (await list(await issuer.token())).body.jobs as JobRecord[];
    expect(jobs.map(({ id }) => id)).toEqual([carol.id]);
    for (const headers of [bearer(await issuer.token({ sub: 'dave' })), { 'x-api-key': KEY }])
      await expect(api.send({ path: `/jobs/${carol.id}`, headers })).resolves.toMatchObject({ status: 404 });
  });

  test('may say its scopes as `scp`, too', async () => {
    const token = await issuer.token({ scope: undefined, scp: ['jobs:read'] });
    await expect(list(token)).resolves.toMatchObject({ status: 200 });
  });

  test.each(['/overview', '/stats', '/usage'])(
    'must be for jobs and for sessions where %s tells of both',
    async (path) => {
      for (const scope of ['jobs:read', 'sessions:read'])
        await expect(api.send({ path, headers: bearer(await issuer.token({ scope })) })).resolves.toMatchObject({
          status: 403,
          body: { code: 'insufficient_scope' },
        });
      const both = bearer(await issuer.token({ scope: 'jobs:read sessions:read' }));
      await expect(api.send({ path, headers: both })).resolves.toMatchObject({ status: 200 });
    },
  );

  test('is for what its scopes say: 403 insufficient_scope names the one that is missing', async () => {
    const refused = { status: 403, body: { success: false, code: 'insufficient_scope' } };
    const reader = bearer(await issuer.token({ scope: 'openid jobs:read' }));
    await expect(api.send({ path: '/jobs', headers: reader })).resolves.toMatchObject({ status: 200 });
    await expect(api.post({ task: 'x' }, reader)).resolves.toMatchObject(refused);
    expect(await challenge('/jobs', reader, 'POST')).toBe(
      `Bearer error="insufficient_scope", scope="jobs:write", resource_metadata="${AUDIENCE}/.well-known/oauth-protected-resource"`,
    );
    const writer = bearer(await issuer.token({ scope: 'jobs:write' }));
    await expect(api.send({ path: '/jobs', headers: writer })).resolves.toMatchObject(refused);
    for (const scope of [undefined, '', 'jobs:readwrite', 'JOBS:READ'])
      await expect(list(await issuer.token({ scope }))).resolves.toMatchObject(refused);
  });
});

describe('refused with 401 is a token', () => {
  test.each<[string, Record<string, unknown>]>([
    ['for another audience', { aud: 'https://elsewhere.example' }],
    ['for no audience', { aud: undefined }],
    ['that has expired', { exp: now() - 60 }],
    ['that does not expire', { exp: undefined }],
    ['that is not valid yet', { nbf: now() + 600 }],
    ['without a subject', { sub: undefined }],
    ['with an empty subject', { sub: '' }],
    ['that names another issuer', { iss: 'https://elsewhere.example' }],
  ])('%s', async (_name, claims) => {
    const token = await issuer.token(claims);
    await expect(list(token)).resolves.toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    expect(await challenge('/jobs', bearer(token))).toContain('error="invalid_token"');
  });

  test('of another issuer, also when it claims to be of ours', async () => {
    for (const token of [await other.token(), await other.token({ iss: issuer.url })])
      await expect(list(token)).resolves.toMatchObject({ status: 401 });
  });

  test('without a signature, or with one by what everybody knows', async () => {
    const claims = goodClaims(issuer.url, AUDIENCE);
    const none = new UnsecuredJWT(claims).encode();
    const shared = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'first' })
      .sign(new TextEncoder().encode(issuer.pem));
    const [head, , signature] = (await issuer.token()).split('.');
    const changed = `${head}.${Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url')}.${signature}`;
    for (const token of [none, shared, changed]) await expect(list(token)).resolves.toMatchObject({ status: 401 });
  });

  test('that is shown as an API key', async () => {
    const headers = { 'x-api-key': await issuer.token() };
    await expect(api.send({ path: '/jobs', headers })).resolves.toMatchObject({ status: 401 });
  });
});

describe('a caller without a token', () => {
  test('is told where the metadata is, and there which issuer to ask and what for', async () => {
    for (const path of ['', '/mcp']) {
      const where = `${AUDIENCE}/.well-known/oauth-protected-resource${path}`;
      expect(await challenge(path === '' ? '/jobs' : path)).toBe(
        `Bearer resource_metadata="${where}", scope="jobs:read jobs:write sessions:read sessions:write"`,
      );
      const { status, body } = await api.get(new URL(where).pathname);
      expect({ status, ...body }).toMatchObject({
        status: 200,
        resource: AUDIENCE,
        authorization_servers: [issuer.url],
        scopes_supported: ['jobs:read', 'jobs:write', 'sessions:read', 'sessions:write'],
      });
    }
  });

  test('with an API key is let in as ever', async () => {
    await expect(api.send({ path: '/jobs', headers: bearer(KEY) })).resolves.toMatchObject({ status: 200 });
  });
});

test('while the issuer does not answer a token is 503, and a key works', async () => {
  const gone = await startIssuer(AUDIENCE);
  await gone.close();
  const alone = await startApiWorld({
    AGENTICORE_API_KEYS: KEY,
    AGENTICORE_OAUTH_ISSUER: gone.url,
    AGENTICORE_OAUTH_AUDIENCE: 'agenticore',
  });
  try {
    const answer = await alone.send({ path: '/jobs', headers: bearer(await gone.token()) });
    expect(answer).toMatchObject({ status: 503, body: { success: false, code: 'oauth_unavailable' } });
    await expect(alone.send({ path: '/jobs', headers: bearer(KEY) })).resolves.toMatchObject({ status: 200 });
    // An audience that is no address: the resource is this server as it was called.
    const { body } = await alone.get('/.well-known/oauth-protected-resource/mcp');
    expect(body.resource).toBe(`${alone.url}/mcp`);
  } finally {
    await alone.close();
  }
});
