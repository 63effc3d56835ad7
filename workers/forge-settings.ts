import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Config } from '../config/index.ts';
import { Failure } from '../contract/shared/failures.ts';
import type { ForgeSettings, GitHubApp } from '../forges/settings.ts';

/**
 * How forges are reached, from the configuration. Throws `invalid_config` where a GitHub App is configured by half.
 */
export function forgeSettings(config: Config): ForgeSettings {
  const { githubToken, githubApiUrl, gitlabToken, giteaToken, forges: kinds } = config;
  return { githubToken, githubApiUrl, githubApp: appOf(config), gitlabToken, giteaToken, kinds };
}

function appOf(config: Config): GitHubApp | undefined {
  const { githubAppId: appId, githubAppInstallationId: installationId } = config;
  const privateKey = keyOf(config);
  if (appId === undefined && privateKey === undefined) return undefined;
  if (appId === undefined || privateKey === undefined)
    throw new Failure(
      'invalid_config',
      'GITHUB_APP_ID and a private key (GITHUB_APP_PRIVATE_KEY, …_PATH or …_BASE64) must be set together: set both or neither.',
    );
  return { appId, installationId, privateKey: checked(privateKey) };
}

function keyOf({
  githubAppPrivateKey,
  githubAppPrivateKeyPath,
  githubAppPrivateKeyBase64,
}: Config): string | undefined {
  // Where a variable cannot hold line ends they are written as \n.
  if (githubAppPrivateKey !== undefined) return githubAppPrivateKey.replaceAll('\\n', '\n');
  if (githubAppPrivateKeyBase64 !== undefined) return Buffer.from(githubAppPrivateKeyBase64, 'base64').toString('utf8');
  if (githubAppPrivateKeyPath === undefined) return undefined;
  try {
    return readFileSync(githubAppPrivateKeyPath, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new Failure('invalid_config', `GITHUB_APP_PRIVATE_KEY_PATH names a file that cannot be read (${code}).`);
  }
}

function checked(key: string): string {
  try {
    createPrivateKey(key);
    return key;
  } catch {
    throw new Failure('invalid_config', "The GitHub App's private key is not a PEM key: give it as GitHub made it.");
  }
}
