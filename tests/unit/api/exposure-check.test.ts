import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkAccess } from '../../../api/auth/exposure-check.ts';
import { ownerFrom } from '../../../api/auth/oauth.ts';
import { loadConfig } from '../../../config/index.ts';

let dataDir: string;
beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'agenticore-access-'));
});
afterAll(() => rmSync(dataDir, { recursive: true }));
const check = (env: Record<string, string>) => () => checkAccess(loadConfig({ AGENTICORE_DATA_DIR: dataDir, ...env }));

const OAUTH = {
  AGENTICORE_OAUTH_ISSUER: 'https://login.example',
  AGENTICORE_OAUTH_AUDIENCE: 'https://agenticore.example',
};

describe('a server without keys', () => {
  test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('listens on %s', (host) => {
    expect(check({ AGENTICORE_HOST: host })).not.toThrow();
  });

  test.each(['0.0.0.0', '::', '192.168.1.2', 'agenticore.example', '127.0.0.1.example', '::ffff:192.168.1.2'])(
    'does not listen on %s, unless that is wanted, or there are keys or an issuer',
    (host) => {
      expect(check({ AGENTICORE_HOST: host })).toThrow(
        expect.objectContaining({ type: 'invalid_config', message: expect.stringContaining('AGENTICORE_API_KEYS') }),
      );
      for (const env of [{ AGENTICORE_ALLOW_ANONYMOUS: 'true' }, { AGENTICORE_API_KEYS: 'ci=key' }, OAUTH])
        expect(check({ AGENTICORE_HOST: host, ...env })).not.toThrow();
    },
  );
});

test('OAuth by half is refused', () => {
  for (const [variable, value] of Object.entries(OAUTH))
    expect(check({ [variable]: value })).toThrow('AGENTICORE_OAUTH_AUDIENCE must be set together');
});

test('an issuer that is asked in the clear is refused, but on this machine', () => {
  const issuer = (url: string) => check({ ...OAUTH, AGENTICORE_OAUTH_ISSUER: url });
  for (const url of [
    'http://login.example',
    'http://localhost.example',
    'http://127.0.0.1@evil.example',
    'http://127.0.0.1:x@evil.example',
    'ftp://x',
    'login',
  ])
    expect(issuer(url)).toThrow(/AGENTICORE_OAUTH_ISSUER .* must be/);
  expect(issuer('http://127.0.0.1:9000/realms/a')).not.toThrow();
});

describe('the owner that a subject is', () => {
  const subjects = ['carol', 'Carol', 'auth0|carol', "' OR 1=1", 'c'.repeat(200), '-carol', 'é', ''];

  test('can stand in a query, and is no other subject, also where capitals count for nothing', () => {
    const owners = subjects.map((sub) => ownerFrom('https://a.example', sub).toLowerCase());
    for (const owner of owners) expect(owner).toMatch(/^[a-z0-9._-]{1,64}$/);
    expect(new Set(owners).size).toBe(subjects.length);
    const [, hashed = ''] = owners;
    const posing = ownerFrom('https://a.example', hashed.slice(hashed.indexOf('-', 6) + 1));
    expect(posing).not.toBe(hashed);
  });

  test('is another at another issuer', () => {
    expect(ownerFrom('https://a.example', 'carol')).not.toBe(ownerFrom('https://b.example', 'carol'));
  });
});
