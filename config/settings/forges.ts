import { z } from 'zod';
import { secret, setting } from '../setting.ts';
import { maybePath, maybeText, path, text } from '../values.ts';

const person = text.regex(/^[^<>\p{Cc}]+$/u, 'must not contain < or > or control characters');

/** In whose name commits, branches and pull requests are made. */
export const FORGES = {
  gitAuthorName: setting('AGENTICORE_GIT_AUTHOR_NAME', person, 'agenticore', 'Author and committer of the commits.'),
  gitAuthorEmail: setting(
    'AGENTICORE_GIT_AUTHOR_EMAIL',
    person,
    'agenticore@localhost',
    'Email address of that author.',
  ),
  sshSigningKey: setting(
    'AGENTICORE_SSH_SIGNING_KEY',
    maybePath,
    '',
    'Path of the ssh private key, without a passphrase, that signs commits.',
  ),
  gpgSigningKey: setting(
    'AGENTICORE_GPG_SIGNING_KEY',
    maybeText,
    '',
    'Id of the gpg key, without a passphrase, that signs commits.',
  ),
  gpgHome: setting('GNUPGHOME', path, '~/.gnupg', 'Directory of gpg with that key.'),
  githubToken: secret(
    'GITHUB_TOKEN',
    maybeText,
    'Token for GitHub: reads repositories, pushes branches and opens pull requests.',
  ),
  githubAppId: setting(
    'GITHUB_APP_ID',
    maybeText,
    '',
    'GitHub App to use instead of GITHUB_TOKEN; its tokens are created when they are needed.',
  ),
  githubAppInstallationId: setting(
    'GITHUB_APP_INSTALLATION_ID',
    maybeText,
    '',
    "Its installation; the one of each repository's owner when absent.",
  ),
  githubAppPrivateKey: secret('GITHUB_APP_PRIVATE_KEY', maybeText, 'Private key of the GitHub App, as PEM.'),
  githubAppPrivateKeyPath: setting(
    'GITHUB_APP_PRIVATE_KEY_PATH',
    maybePath,
    '',
    'Path of a file with that key, instead.',
  ),
  githubAppPrivateKeyBase64: secret('GITHUB_APP_PRIVATE_KEY_BASE64', maybeText, 'That key in base64, instead.'),
  gitlabToken: secret('GITLAB_TOKEN', maybeText, 'The same as GITHUB_TOKEN, for GitLab.'),
  giteaToken: secret('GITEA_TOKEN', maybeText, 'The same as GITHUB_TOKEN, for Gitea and Forgejo.'),
  githubApiUrl: setting(
    'GITHUB_API_URL',
    z
      .string()
      .refine(
        (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
        'must be an http or https URL',
      ),
    'https://api.github.com',
    'API of GitHub, or of a GitHub Enterprise server; GITHUB_TOKEN is used for its repositories alone.',
  ),
};
