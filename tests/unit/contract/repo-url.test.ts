import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { Failure } from '../../../contract/shared/failures.ts';
import { isPrivateHost } from '../../../contract/http/repo-host.ts';
import { isGitRef } from '../../../contract/http/git-ref.ts';
import { parseRepoUrl, type RepoRules } from '../../../contract/http/repo-url.ts';

const PUBLIC: RepoRules = { allowLocal: false, allowedHosts: [] };
const parse = (text: string, rules: Partial<RepoRules> = {}): ReturnType<typeof parseRepoUrl> =>
  parseRepoUrl(text, { ...PUBLIC, ...rules });

function refusal(text: string, rules: Partial<RepoRules> = {}, type = 'invalid_request'): string {
  try {
    parse(text, rules);
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    expect(error).toMatchObject({ type, field: 'repo_url', message: expect.stringMatching(/^repo_url/) });
    return (error as Failure).message;
  }
  throw new Error(`accepted: ${text}`);
}

describe('a repository address that git could take for something else is refused', () => {
  test.each([
    '',
    ' ',
    '-x',
    '--upload-pack=touch /tmp/canary',
    '-oProxyCommand=touch',
    'ext::sh -c touch% /tmp/canary',
    'fd::3',
    'https::https://github.com/o/r',
    'git://github.com/o/r',
    'ftp://github.com/o/r',
    'http://',
    'https://',
    'https:///evil/x',
    'https:/github.com/o/r',
    'https:\\\\github.com\\o\\r',
    'https://github.com',
    'https://github.com/',
    'https://github.com/o/../../x',
    'https://github.com/o/%2e%2e/x',
    'https://github.com/o/r/../../x',
    'https://git.example.com/o/r?x=1',
    'https://git.example.com/o/r#x',
    'https://github.com/o/r\nx',
    'https://github.com/o/r\0',
    'https://github.com/o r',
    'https://a b/o/r',
    'https://github.com:99999/o/r',
    'https://-x.example.com/o/r',
    'ssh://-oProxyCommand=x@github.com/o/r',
    'ssh://-oProxyCommand=x/o/r',
    'ssh://git:pw@github.com/o/r',
    '-oProxyCommand=x:o/r',
    '-x@github.com:o/r',
    'git@github.com:-x',
    'git@github.com:../x',
    'a/b',
    '../x',
    '~/x',
    'C:\\x',
    `https://github.com/${'x'.repeat(2_000)}`,
  ])('%j', (text) => {
    refusal(text, { allowLocal: false });
    refusal(text, { allowLocal: true });
  });
});

describe('what is copied from a browser or a command line is taken for its repository, where that is certain', () => {
  const R = 'https://github.com/org/repo';
  test.each([
    [`  ${R}\n`, R],
    [`"${R}"`, R],
    [`<${R}>`, R],
    [`git clone ${R}.git`, `${R}.git`],
    [`git+${R}.git`, `${R}.git`],
    [`${R}/`, R],
    [`${R}.git/`, `${R}.git`],
    ['git@github.com:org/repo.git/', 'git@github.com:org/repo.git'],
    ['www.github.com/org/repo', R],
    ['https://www.github.com/org/repo', R],
    ['github.com/org/repo', R],
    ['gitlab.com/group/sub/repo', 'https://gitlab.com/group/sub/repo'],
    [`${R}?tab=readme-ov-file#readme`, R],
    [`${R}/issues`, R],
    [`${R}/issues/3#issuecomment-1`, R],
    [`${R}/actions/runs/12`, R],
    ['https://git.example.com/group/sub/repo/-/issues/3', 'https://git.example.com/group/sub/repo'],
    ['https://tenant.ghe.com/org/repo/wiki', 'https://tenant.ghe.com/org/repo'],
  ])('%j', (text, url) => {
    expect(parse(text)).toMatchObject({ url });
    expect(parse(text)).not.toHaveProperty('ref');
  });

  const sha = '0123456789abcdef0123456789abcdef01234567';
  test.each([
    [`${R}/tree/main`, R, 'main'],
    [`${R}/tree/main/`, R, 'main'],
    [`${R}/tree/a%23b`, R, 'a#b'],
    [`${R}/tree/feature/login`, R, 'tree:feature/login'],
    [`${R}/blob/main/src/x.ts#L10-L20`, R, 'tree:main/src/x.ts'],
    [`${R}/commit/${sha}`, R, sha],
    ['https://gitlab.com/group/sub/repo/-/tree/main?ref_type=heads', 'https://gitlab.com/group/sub/repo', 'main'],
    ['https://git.example.com/g/r/-/blob/v1/README.md', 'https://git.example.com/g/r', 'tree:v1/README.md'],
    ['https://codeberg.org/org/repo/src/branch/main', 'https://codeberg.org/org/repo', 'main'],
    ['https://codeberg.org/org/repo/src/tag/v1/docs', 'https://codeberg.org/org/repo', 'tree:v1/docs'],
    ['https://bitbucket.org/org/repo/src/main/a', 'https://bitbucket.org/org/repo', 'tree:main/a'],
    ['https://bitbucket.org/org/repo/branch/main', 'https://bitbucket.org/org/repo', 'main'],
  ])('%s, with the ref that it shows', (text, url, ref) => {
    expect(parse(text)).toMatchObject({ url, ref });
  });
});

describe('what is copied and is not certain is refused with the right address', () => {
  test.each([
    ['https://github.com/org/repo/pull/12', 'https://github.com/org/repo'],
    ['https://github.com/org/repo/pull/12/files', 'base_ref'],
    ['https://gitlab.com/org/repo/-/merge_requests/5', 'https://gitlab.com/org/repo'],
    ['https://github.com/org', 'https://github.com/org/repo'],
    ['https://github.com/', 'https://github.com/org/repo'],
    ['https://github.com/org/repo/tree/a..b', 'https://github.com/org/repo'],
    ['https://git.example.com/org/repo/tree/main', 'https://git.example.com/org/repo'],
    ['https://git.example.com/org/repo/src/branch/main', 'https://git.example.com/org/repo'],
    ['https://git.example.com/org/repo/pulls/12', 'https://git.example.com/org/repo'],
    ['git.example.com/org/repo', 'https://git.example.com/org/repo'],
    ['git.example.com:8443/org/repo', 'https://git.example.com:8443/org/repo'],
    ['org/repo', 'https://github.com/org/repo'],
    ['git@github.com/org/repo', 'git@github.com:org/repo'],
    ['ssh://git@github.com:org/repo.git', 'git@github.com:org/repo.git'],
  ])('%s', (text, named) => {
    expect(refusal(text)).toContain(named);
  });

  test('but a repository may be called like a page where its address ends in .git', () => {
    expect(parse('https://git.example.com/group/sub/tree/x.git').url).toContain('/tree/x.git');
  });
});

test('local paths and file:// need the operator, and a remedy is named', () => {
  for (const text of ['/etc', 'file:///etc', 'FILE:///etc'])
    expect(refusal(text)).toContain('AGENTICORE_ALLOW_LOCAL_REPOS');
  expect(parse('/srv/a.git/', { allowLocal: true })).toMatchObject({ url: '/srv/a.git', protocol: 'file', host: '' });
  expect(parse('file:///srv/a%20b.git', { allowLocal: true }).url).toBe('/srv/a b.git');
  for (const text of ['/', '/srv/../etc', 'file://evil/srv', 'file:///srv/%00', 'file:///%zz', 'file:etc'])
    refusal(text, { allowLocal: true });
});

test('two folders that differ by .git alone are two local repositories', () => {
  expect(parse('/srv/a', { allowLocal: true }).key).not.toBe(parse('/srv/a.git', { allowLocal: true }).key);
});

describe('private, loopback, link-local and metadata hosts are refused in every spelling', () => {
  test.each([
    '127.0.0.1',
    '127.1',
    '0x7f000001',
    '2130706433',
    '017700000001',
    '0',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[::127.0.0.1]',
    '[fd00::1]',
    '[fe80::1]',
    '[ff02::1]',
    '[64:ff9b::a00:1]',
    '[64:ff9b::a9fe:a9fe]',
    '[2002:7f00:1::]',
    '[2001:0:7f00:1::]',
    '[fd00:ec2::254]',
    'localhost',
    'LOCALHOST',
    'localhost.',
    'x.localhost',
    'metadata',
    'metadata.google.internal',
    'temporal',
    'nas.local',
    '127.0.0.1.',
    '①②⑦.0.0.1',
  ])('%s', (host) => {
    for (const scheme of ['https://', 'ssh://git@'])
      expect(refusal(`${scheme}${host}/o/r`, {}, 'blocked_host')).toContain('AGENTICORE_ALLOWED_REPO_HOSTS');
  });

  test.each([
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '[2606:4700::1111]',
    '[::ffff:8.8.8.8]',
    '[64:ff9b::808:808]',
    'github.com',
  ])('%s is public', (host) => {
    expect(parse(`https://${host}/o/r`).listed).toBe(false);
  });
});

test('an address that a name resolves to is judged with its zone, and one that cannot be read is private', () => {
  expect(['fe80::1%eth0', '::1%lo', ':::', '1:2', '::ffff:10.0.0.1'].filter(isPrivateHost)).toHaveLength(5);
  expect(isPrivateHost('2606:4700::1111%eth0')).toBe(false);
});

test('a listed host may be private and may speak http; a port in the list counts', () => {
  const rules = { allowedHosts: ['127.0.0.1:8080', 'Git.Corp.Internal', '::1'] };
  expect(parse('http://127.0.0.1:8080/o/r', rules)).toMatchObject({
    protocol: 'http',
    listed: true,
    url: 'http://127.0.0.1:8080/o/r',
  });
  expect(parse('http://0x7f000001:8080/o/r', rules).url).toBe('http://127.0.0.1:8080/o/r');
  expect(parse('https://git.corp.internal/o/r', rules).listed).toBe(true);
  expect(parse('ssh://git@[::1]/o/r', rules).listed).toBe(true);
  expect(refusal('http://127.0.0.1:8081/o/r', rules, 'blocked_host')).toContain('127.0.0.1');
  expect(refusal('http://github.com/o/r', rules)).toContain('https://');
});

test('credentials in an address are refused, and the refusal does not repeat them', () => {
  for (const text of [
    'https://user:hunter2@github.com/o/r',
    'https://hunter2@github.com/o/r',
    'https://github.com@evil.example/x',
    'https://a@b@evil.example/x',
    'https://@evil.example/x',
  ]) {
    const sentence = refusal(text);
    expect(sentence).not.toContain('hunter2');
  }
  expect(refusal('https://user:hunter2@github.com/o/r')).toContain('GITHUB_TOKEN');
});

test('spellings of one repository share a key, and other repositories do not', () => {
  const spellings = [
    'https://github.com/org/repo',
    'HTTPS://GitHub.com/org/repo.git',
    'https://github.com./org/repo/',
    'https://github.com:443/org//repo.git/',
  ];
  const keys = new Set(spellings.map((text) => parse(text).key));
  expect([...keys]).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/)]);
  expect(parse('https://github.com./org/repo.git/').url).toBe('https://github.com/org/repo.git');
  expect(parse('git@GitHub.com:org/repo.git').key).toBe(parse('github.com:org/repo').key);
  expect(parse('ssh://github.com:22/org/repo').key).toBe(parse('ssh://git@github.com/org/repo.git').key);
  for (const other of [
    'https://github.com/org/repo2',
    'https://github.com/Org/repo',
    'https://github.com:8443/org/repo',
    'https://gıthub.com/org/repo',
  ]) {
    expect(keys).not.toContain(parse(other).key);
  }
});

test('a look-alike name in another alphabet becomes visible', () => {
  expect(parse('https://gıthub.com/o/r').host).toMatch(/^xn--/);
});

describe('isGitRef agrees with git check-ref-format --branch', () => {
  const refs = [
    'main',
    'feature/x',
    'v1.0',
    'a'.repeat(40),
    '0123456789abcdef0123456789abcdef01234567',
    'ünï',
    'x@y',
    'a.b',
    '@x',
    'refs/heads/x',
    'a#b',
    'a%b',
    '日本',
    '',
    'HEAD',
    '-x',
    '--orphan=x',
    '--upload-pack=..',
    'a..b',
    'refs/heads/../x',
    'x@{1}',
    '@{-1}',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[b',
    'a\\b',
    '/a',
    'a/',
    'a//b',
    'a.',
    '.a',
    'a/.b',
    'a.lock',
    'a.lock/b',
    'a\nb',
    'a\tb',
    'a\x7f',
    'a/b.',
  ];
  test.each(refs)('%j', (ref) => {
    const checked = spawnSync('git', ['check-ref-format', '--branch', ref], {
      cwd: '/',
      env: { PATH: process.env.PATH },
    });
    expect(isGitRef(ref)).toBe(checked.status === 0);
  });

  test('and refuses what git would expand, what is too long and what holds NUL', () => {
    expect(isGitRef('x'.repeat(255))).toBe(true);
    expect(isGitRef('x'.repeat(256))).toBe(false);
    expect(isGitRef('ü'.repeat(128))).toBe(false);
    expect(isGitRef('a\0b')).toBe(false);
    expect(isGitRef('@')).toBe(false);
  });
});
