import { expect, test } from '@jest/globals';
import { remotesOf } from '../../../activities/remotes.ts';
import type { HostSettings } from '../../../activities/deps.ts';
import { parseRepoUrl } from '../../../contract/http/repo-url.ts';

const token = { username: 'x-access-token', password: 'the-token' };
const rules = { allowLocal: true, allowedHosts: ['ghe.example'] };

/** Credentials that a host with the token uses for `url`. */
const credentials = (url: string, githubApiUrl = 'https://api.github.com'): Promise<unknown> =>
  remotesOf({
    reposRoot: '/r',
    forges: { githubToken: 'the-token', githubApiUrl, kinds: {} },
  } as unknown as HostSettings).credentialsFor(parseRepoUrl(url, rules));

test('GITHUB_TOKEN is used for GitHub', async () => {
  expect(await credentials('https://github.com/org/repo')).toEqual(token);
  expect(await credentials('https://ghe.example/org/repo', 'https://ghe.example/api/v3')).toEqual(token);
});

test.each([
  'https://evil.example/org/repo',
  'https://github.com.evil.example/x/y',
  'https://github.com:444/org/repo',
  'git@github.com:org/repo',
  '/a/path',
])('GITHUB_TOKEN is not given to %s', async (url) => {
  expect(await credentials(url)).toBeUndefined();
});

test('GITHUB_TOKEN of an Enterprise server is not given to github.com', async () => {
  expect(await credentials('https://github.com/org/repo', 'https://ghe.example/api/v3')).toBeUndefined();
});
