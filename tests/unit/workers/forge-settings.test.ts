import { expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../config/index.ts';
import { forgeSettings } from '../../../workers/forge-settings.ts';

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs1', format: 'pem' })
  .toString();

const settings = (env: Record<string, string>): ReturnType<typeof forgeSettings> =>
  forgeSettings(loadConfig({ AGENTICORE_DATA_DIR: '/nonexistent', ...env }));

test.each([
  ['as it is', { GITHUB_APP_PRIVATE_KEY: pem }],
  ['with its line ends written out', { GITHUB_APP_PRIVATE_KEY: pem.replaceAll('\n', '\\n') }],
  ['in base64', { GITHUB_APP_PRIVATE_KEY_BASE64: Buffer.from(pem).toString('base64') }],
])("a GitHub App's key may be given %s", (_how, env) => {
  const { githubApp } = settings({ GITHUB_APP_ID: '7', ...env });
  expect(githubApp).toMatchObject({ appId: '7', installationId: undefined });
  expect(githubApp?.privateKey.trim()).toBe(pem.trim());
});

test("a GitHub App's key may lie in a file", async () => {
  const dir = await mkdtemp(join(tmpdir(), 'agenticore-key-'));
  try {
    await writeFile(join(dir, 'key.pem'), pem);
    const env = { GITHUB_APP_ID: '7', GITHUB_APP_PRIVATE_KEY_PATH: join(dir, 'key.pem') };
    expect(settings(env).githubApp?.privateKey).toBe(pem);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test.each([
  ['an App without a key', { GITHUB_APP_ID: '7' }, 'must be set together'],
  ['a key without an App', { GITHUB_APP_PRIVATE_KEY: pem }, 'must be set together'],
  ['a key that is none', { GITHUB_APP_ID: '7', GITHUB_APP_PRIVATE_KEY: 'not a key' }, 'not a PEM key'],
  ['a file that is not there', { GITHUB_APP_ID: '7', GITHUB_APP_PRIVATE_KEY_PATH: '/no/such/key' }, 'ENOENT'],
])('%s is refused, and the key is not shown', (_what, env, sentence) => {
  const refused = (): unknown => settings(env);
  expect(refused).toThrow(
    expect.objectContaining({ type: 'invalid_config', message: expect.stringContaining(sentence) }),
  );
  expect(refused).not.toThrow(/BEGIN|not a key$/);
});

test('without an App there is none', () => {
  expect(settings({ GITHUB_TOKEN: 't' })).toMatchObject({ githubToken: 't', githubApp: undefined, kinds: {} });
});
