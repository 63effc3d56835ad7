import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { confinementOf } from '../../../activities/sandbox-rules.ts';
import { loadConfig } from '../../../config/index.ts';
import { hostSettings, withCfAccess } from '../../../workers/host-settings.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'agenticore-test-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

const hiddenWith = async (env: Record<string, string>): Promise<string[]> => {
  const config = loadConfig({ AGENTICORE_DATA_DIR: dataDir, ...env });
  return confinementOf(await hostSettings(config, 'host'), { job_id: 'job' }, undefined).hidden;
};

test('files with keys of the worker are hidden from agents, wherever they lie', async () => {
  expect(
    await hiddenWith({
      TEMPORAL_TLS_CLIENT_KEY_PATH: '/etc/tls/client.key',
      TEMPORAL_CONFIG_FILE: '/etc/temporal.toml',
      AGENTICORE_SSH_SIGNING_KEY: '/etc/keys/signing',
      GNUPGHOME: '/srv/gpg',
    }),
  ).toEqual(expect.arrayContaining(['/etc/tls/client.key', '/etc/temporal.toml', '/etc/keys/signing', '/srv/gpg']));
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const path = join(dataDir, 'app.pem');
  await writeFile(path, privateKey);
  expect(await hiddenWith({ GITHUB_APP_ID: '1', GITHUB_APP_PRIVATE_KEY_PATH: path })).toContain(path);
});

const both = { cfAccessClientId: 'id.access', cfAccessClientSecret: 'secret' };
const headers = 'CF-Access-Client-Id: id.access\nCF-Access-Client-Secret: secret';

test('the client of Cloudflare Access becomes two headers, behind those there are', () => {
  expect(withCfAccess({ PATH: '/bin' }, both)).toEqual({ PATH: '/bin', ANTHROPIC_CUSTOM_HEADERS: headers });
  expect(withCfAccess({ ANTHROPIC_CUSTOM_HEADERS: 'x: y' }, both).ANTHROPIC_CUSTOM_HEADERS).toBe(`x: y\n${headers}`);
});

test.each(['cfAccessClientId', 'cfAccessClientSecret'])('without %s the environment stays as it is', (missing) => {
  expect(withCfAccess({ PATH: '/bin' }, { ...both, [missing]: undefined })).toEqual({ PATH: '/bin' });
});
