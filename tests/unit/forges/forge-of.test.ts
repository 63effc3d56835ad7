import { describe, expect, test } from '@jest/globals';
import { parseRepoUrl } from '../../../contract/http/repo-url.ts';
import { forgeRepo, githubApiOf } from '../../../forges/address.ts';
import { forgeOf } from '../../../forges/forge-of.ts';
import type { ForgeSettings } from '../../../forges/settings.ts';

const rules = { allowLocal: true, allowedHosts: ['127.0.0.1', 'git.lan', 'ghe.lan'] };
const tokens = { githubToken: 'h', gitlabToken: 'l', giteaToken: 't' };
const kindOf = (url: string, settings: Partial<ForgeSettings> = {}): string | undefined =>
  forgeOf(parseRepoUrl(url, rules), { githubApiUrl: 'https://api.github.com', kinds: {}, ...tokens, ...settings })
    ?.kind;

describe('the forge of a repository', () => {
  test.each([
    ['https://github.com/org/repo.git', 'github'],
    ['https://GitHub.com/org/repo', 'github'],
    ['git@github.com:org/repo.git', 'github'],
    ['ssh://git@ssh.github.com:443/org/repo', 'github'],
    ['https://gitlab.com/group/sub/repo', 'gitlab'],
    ['git@gitlab.com:group/sub/repo.git', 'gitlab'],
    ['https://codeberg.org/org/repo', 'gitea'],
    ['https://gitea.com/org/repo', 'gitea'],
    ['git@github.com:org', undefined],
    ['git@codeberg.org:a/b/c', undefined],
    ['https://git.example.com/org/repo', undefined],
    ['/srv/git/repo', undefined],
  ])('of %s is %s', (url, kind) => {
    expect(kindOf(url)).toBe(kind);
  });

  test('is what the operator says of its host; without a port that is 443, and any of ssh', () => {
    const kinds = { 'git.lan': 'gitlab', '127.0.0.1:3000': 'gitea', 'ghe.lan:8443': 'gitlab' } as const;
    expect(kindOf('https://git.lan/a/b/c', { kinds })).toBe('gitlab');
    expect(kindOf('https://git.lan:443/a/b/c', { kinds })).toBe('gitlab');
    expect(kindOf('https://git.lan:8443/a/b/c', { kinds })).toBeUndefined();
    expect(kindOf('https://gitlab.com:8443/a/b', { kinds: {} })).toBeUndefined();
    expect(kindOf('https://ghe.lan:8443/a/b/c', { kinds })).toBe('gitlab');
    expect(kindOf('https://ghe.lan/a/b', { kinds })).toBeUndefined();
    expect(kindOf('ssh://git@git.lan:2222/a/b', { kinds })).toBe('gitlab');
    expect(kindOf('http://127.0.0.1:3000/a/b', { kinds })).toBe('gitea');
    expect(kindOf('http://127.0.0.1:3001/a/b', { kinds })).toBeUndefined();
  });

  test('gets no token over plain http, unless the operator named the port, or gave GITHUB_API_URL with that scheme', () => {
    const allowedHosts = ['git.lan', 'ghe.lan', 'github.com', 'gitlab.com', 'codeberg.org'];
    const kinds = { 'git.lan': 'gitlab' } as const;
    const of = (url: string, settings: Partial<ForgeSettings> = {}): string | undefined => {
      const repo = parseRepoUrl(url, { allowLocal: false, allowedHosts });
      return forgeOf(repo, { githubApiUrl: 'https://api.github.com', kinds, ...tokens, ...settings })?.kind;
    };
    for (const host of ['git.lan', 'git.lan:8080', 'github.com', 'gitlab.com', 'codeberg.org'])
      expect([host, of(`http://${host}/org/repo`)]).toEqual([host, undefined]);
    expect(of('http://ghe.lan/org/repo', { githubApiUrl: 'https://ghe.lan/api/v3' })).toBeUndefined();
    expect(of('http://ghe.lan/org/repo', { githubApiUrl: 'http://ghe.lan/api/v3' })).toBe('github');
    expect(of('http://git.lan/org/repo', { kinds: { 'git.lan:80': 'gitlab' } })).toBe('gitlab');
  });

  test('is GitHub Enterprise at the host of the API, and then not at github.com', () => {
    const githubApiUrl = 'https://ghe.lan/api/v3';
    expect(kindOf('https://ghe.lan/org/repo', { githubApiUrl })).toBe('github');
    expect(kindOf('ssh://git@ghe.lan:2222/org/repo', { githubApiUrl })).toBe('github');
    expect(kindOf('https://ghe.lan:8443/org/repo', { githubApiUrl })).toBeUndefined();
    expect(kindOf('https://github.com/org/repo', { githubApiUrl })).toBeUndefined();
    expect(kindOf('https://github.com/org/repo', { githubApiUrl, kinds: { 'github.com': 'github' } })).toBeUndefined();
  });

  test('is none where there is no token for it', () => {
    expect(kindOf('https://github.com/org/repo', { githubToken: undefined })).toBeUndefined();
    expect(kindOf('https://gitlab.com/org/repo', { gitlabToken: undefined })).toBeUndefined();
    expect(kindOf('https://codeberg.org/org/repo', { giteaToken: undefined })).toBeUndefined();
  });

  test('gets no token for its name alone: anyone may own it', () => {
    for (const host of ['gitlab.evil.example', 'gitea.evil.example', 'github.com.evil.example', 'github.evil.example'])
      expect(kindOf(`https://${host}/org/repo`)).toBeUndefined();
  });

  test('gets no token of another forge of its kind', () => {
    expect(kindOf('https://gitlab.com/org/repo', { kinds: { 'git.lan': 'gitlab' } })).toBeUndefined();
    expect(kindOf('https://gitlab.com/org/repo', { kinds: { 'git.lan': 'gitlab', 'gitlab.com': 'gitlab' } })).toBe(
      'gitlab',
    );
  });

  test('is what the operator says of a path of its host, and only below that', () => {
    const kinds = {
      'git.lan/gitlab': 'gitlab',
      'git.lan/gitlab/next': 'gitea',
      '127.0.0.1:3000/code': 'gitea',
    } as const;
    expect(kindOf('https://git.lan/gitlab/a/b/c', { kinds })).toBe('gitlab');
    expect(kindOf('https://git.lan/gitlab/next/a/b.git', { kinds })).toBe('gitea');
    expect(kindOf('http://127.0.0.1:3000/code/a/b', { kinds })).toBe('gitea');
    expect(kindOf('git@git.lan:a/b.git', { kinds: { 'git.lan/gitlab': 'gitlab' } })).toBe('gitlab');
    for (const path of ['a/b', 'gitlabs/a/b', 'gitlab/b', 'other/gitlab/a/b'])
      expect([path, kindOf(`https://git.lan/${path}`, { kinds })]).toEqual([path, undefined]);
  });

  test('is GitHub at its tenants of ghe.com, whose API is beside them', () => {
    expect(kindOf('https://acme.ghe.com/org/repo')).toBe('github');
    expect(kindOf('git@acme.ghe.com:org/repo.git')).toBe('github');
    expect(githubApiOf('https://acme.ghe.com', 'https://api.github.com')).toBe('https://api.acme.ghe.com');
    const githubApiUrl = 'https://api.acme.ghe.com';
    expect(kindOf('https://acme.ghe.com/org/repo', { githubApiUrl })).toBe('github');
    for (const host of ['github.com', 'other.ghe.com'])
      expect([host, kindOf(`https://${host}/org/repo`, { githubApiUrl })]).toEqual([host, undefined]);
    for (const host of ['ghe.com', 'a.acme.ghe.com', 'acme.ghe.com.evil.example', 'acme-ghe.com', 'acme.ghe.com:8443'])
      expect([host, kindOf(`https://${host}/org/repo`)]).toEqual([host, undefined]);
  });

  test('gives git no token by ssh, and speaks to its API by https', async () => {
    const forge = forgeOf(parseRepoUrl('git@gitlab.com:a/b', rules), {
      githubApiUrl: 'https://api.github.com',
      kinds: {},
      ...tokens,
    });
    expect(await forge?.gitCredentials()).toBeUndefined();
    expect(forgeRepo(parseRepoUrl('ssh://git@git.lan:2222/a/b.git', rules), { kinds: {} })).toEqual({
      origin: 'https://git.lan',
      root: 'https://git.lan',
      hosts: ['git.lan:2222', 'git.lan'],
      web: false,
      owner: 'a',
      name: 'b',
      path: 'a/b',
    });
  });
});
