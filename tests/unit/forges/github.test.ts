import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Forge } from '../../../forges/forge.ts';
import { startGitHub, type GitHubStandIn } from '../../support/forges/github.ts';
import { plainGit } from '../../support/sample-repo.ts';
import { git } from '../../../git/git.ts';
import { startGitServer } from '../../support/git-server.ts';
import { forgeAt } from './forge-at.ts';
import { describeForge, failure, plan } from './forge.contract.ts';

describeForge(async () => {
  const standIn = await startGitHub();
  return {
    standIn,
    opens: /^POST .*pulls$/,
    draftPrefix: '',
    later: ['labels', 'reviewers'],
    forge: (path = 'acme/app', githubToken = 'user-token') =>
      forgeAt(`${standIn.origin}/${path}`, { githubToken, githubApiUrl: standIn.apiUrl }),
  };
});

let standIn: GitHubStandIn;
const useStandIn = (): void => {
  beforeEach(async () => {
    standIn = await startGitHub();
    standIn.state.repo('acme/app')?.branches.set('agenticore-1', 'sha-work');
  });
  afterEach(async () => {
    await standIn.close();
    expect(standIn.unexpected).toEqual([]);
  });
};

describe('GitHub', () => {
  useStandIn();
  const forge = (): Forge =>
    forgeAt(`${standIn.origin}/acme/app`, { githubToken: 'user-token', githubApiUrl: standIn.apiUrl });

  test('a draft is opened as no draft, with a warning, where the repository has none', async () => {
    standIn.state.supportsDrafts = false;
    const { opened, warnings } = await forge().findOrOpenPullRequest(plan({ draft: true }));
    expect([opened, warnings]).toEqual([true, [expect.stringContaining('is not a draft')]]);
    expect(standIn.state.pulls).toEqual([expect.objectContaining({ draft: false })]);
  });

  test('a branch without commits of its own gives the last pull request, and is tried again where there was none', async () => {
    const branches = standIn.state.repo('acme/app')?.branches ?? new Map<string, string>();
    branches.set('agenticore-1', 'sha-main');
    const refused = await failure(forge().findOrOpenPullRequest(plan()));
    expect(refused).toMatchObject({
      type: 'forge_not_ready',
      message: expect.stringContaining('No commits between main and agenticore-1'),
    });
    branches.set('agenticore-1', 'sha-work');
    await forge().findOrOpenPullRequest(plan());
    Object.assign(standIn.state.pulls[0] ?? {}, { state: 'merged' });
    branches.set('agenticore-1', 'sha-main');
    expect(await forge().findOrOpenPullRequest(plan())).toMatchObject({ number: 1, state: 'merged', opened: false });
  });

  test('a new fork is waited for until its commits are there', async () => {
    await forge().fork();
    expect(standIn.state.repo('robot/app')?.looksUntilReady).toBeLessThan(0);
  });

  test('a team is asked for a review as one', async () => {
    await forge().findOrOpenPullRequest(plan({ reviewers: ['acme/owners'] }));
    expect(standIn.state.pulls[0]?.reviewers).toEqual(['team owners']);
  });

  test.each(["Head sha can't be blank", 'was submitted too quickly'])(
    'that says "%s" is not ready',
    async (message) => {
      standIn.fail(422, 1, { on: /^POST .*pulls$/, body: { message: 'Validation Failed', errors: [{ message }] } });
      expect((await failure(forge().findOrOpenPullRequest(plan()))).type).toBe('forge_not_ready');
    },
  );

  test('labels and reviewers that come a moment too early are tried again', async () => {
    standIn.fail(404, 1, { on: /labels$/ });
    standIn.fail(422, 1, { on: /requested_reviewers$/, body: { message: 'Could not resolve to a node' } });
    const { warnings } = await forge().findOrOpenPullRequest(plan({ labels: ['bot'], reviewers: ['ada'] }));
    expect([warnings, standIn.state.pulls[0]]).toMatchObject([[], { labels: ['bot'], reviewers: ['ada'] }]);
  });

  test('a token whose rights GitHub does not tell may push, for all that is known', async () => {
    for (const permissions of [{ admin: false, push: false, pull: false }, undefined]) {
      const body = { full_name: 'acme/app', archived: false, permissions };
      standIn.fail(200, 1, { on: /^GET .*app$/, body });
      expect(await forge().canPush()).toBeUndefined();
    }
  });

  test('labels that cannot be set are a warning', async () => {
    standIn.fail(403, 1, { on: /labels$/ });
    const { opened, warnings } = await forge().findOrOpenPullRequest(plan({ labels: ['bot'] }));
    expect([opened, warnings]).toEqual([true, [expect.stringContaining('Could not set the labels')]]);
  });

  test('a spent quota waits for its reset, at most an hour; a secondary limit as long as it says, else a minute', async () => {
    const waits = async (status: number, headers: Record<string, string>, message = 'no'): Promise<unknown> => {
      standIn.fail(status, 1, { headers, body: { message } });
      const { type, retryAfterMs } = await failure(forge().canPush());
      return type === 'forge_rate_limited' ? retryAfterMs : type;
    };
    const inSeconds = (seconds: number): string => String(Math.ceil(Date.now() / 1_000) + seconds);
    const spent = (seconds: number): Record<string, string> => ({
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': inSeconds(seconds),
    });
    const wait = Number(await waits(403, spent(600)));
    expect(wait > 500_000 && wait <= 601_000).toBe(true);
    expect(await waits(403, spent(90_000))).toBe(3_600_000);
    expect(await waits(403, spent(-10))).toBe(1_000);
    expect(await waits(403, { 'retry-after': '30', 'x-ratelimit-remaining': '4000' })).toBe(30_000);
    expect(await waits(403, { 'x-ratelimit-remaining': '4000' }, 'You have exceeded a secondary rate limit')).toBe(
      60_000,
    );
    expect(await waits(403, { 'x-ratelimit-remaining': '4000' })).toBe('forge_auth_failed');
  });
});

describe('a GitHub App', () => {
  useStandIn();
  const forge = (path = 'acme/app', installationId?: string): Forge => {
    const { appId, privateKey } = standIn.app;
    const githubApp = { appId, privateKey, installationId };
    return forgeAt(`${standIn.origin}/${path}`, { githubApp, githubToken: 'user-token', githubApiUrl: standIn.apiUrl });
  };
  const passwords = async (...calls: ReturnType<Forge['gitCredentials']>[]): Promise<unknown[]> =>
    (await Promise.all(calls)).map((it) => [it?.username, it?.password]);

  test('asks for a new token each time git needs one, for that repository alone, also at the same moment', async () => {
    const it = forge();
    expect(await passwords(it.gitCredentials())).toEqual([['x-access-token', 'ghs_minted1']]);
    const both = await passwords(it.gitCredentials(), it.gitCredentials());
    expect(
      both
        .flat()
        .filter((word) => word !== 'x-access-token')
        .sort(),
    ).toEqual(['ghs_minted2', 'ghs_minted3']);
    expect(standIn.minted.map(({ repositories }) => repositories)).toEqual([['app'], ['app'], ['app']]);
  });

  test('has a token that git may use until it expires', async () => {
    const root = await mkdtemp(join(tmpdir(), 'forge-'));
    await mkdir(join(root, 'acme'));
    await plainGit(root, 'init', '-q', '--bare', 'acme/app');
    const gitServer = await startGitServer(root);
    const front = await startGitHub({ git: gitServer.host });
    const { appId, privateKey } = front.app;
    const url = `${front.origin}/acme/app`;
    const githubApp = { appId, privateKey, installationId: undefined };
    const it = forgeAt(url, { githubApp, githubApiUrl: front.apiUrl });
    const list = async (credentials: Awaited<ReturnType<Forge['gitCredentials']>>): Promise<string> =>
      git(['ls-remote', url], { action: 'read the repository', remote: { url, protocol: 'http' }, credentials });
    try {
      const first = await it.gitCredentials();
      expect(await list(first)).toBe('');
      front.expireMinted();
      expect((await failure(list(first))).type).toBe('repo_auth_failed');
      expect(await list(await it.gitCredentials())).toBe('');
      expect(new Set(front.gitPasswords)).toEqual(new Set(['ghs_minted1', 'ghs_minted2']));
    } finally {
      await front.close();
      await gitServer.close();
      await rm(root, { recursive: true });
    }
  });

  test('opens a pull request with its own token, and never with that of a user', async () => {
    expect(await forge().findOrOpenPullRequest(plan())).toMatchObject({ opened: true });
    expect(new Set(standIn.usedTokens)).toEqual(new Set(['ghs_minted1']));
  });

  test('is asked for its installation only where none is named', async () => {
    expect(await forge('acme/app', '77').gitCredentials()).toMatchObject({ password: 'ghs_minted1' });
    expect(standIn.calls.filter((call) => call.endsWith('/installation'))).toEqual([]);
  });

  test('may push where its token may write the contents', async () => {
    Object.assign(standIn.state.repo('acme/app') ?? {}, { mayPush: false });
    expect(await forge().canPush()).toBe(true);
    standIn.app.permissions = { contents: 'read' };
    expect(await forge().canPush()).toBe(false);
  });

  test('that is not installed there is told so, with and without a named installation', async () => {
    standIn.state.add('ada/tool');
    for (const id of [undefined, '77']) {
      const refused = await failure(forge('ada/tool', id).gitCredentials());
      expect(refused).toMatchObject({
        type: 'forge_auth_failed',
        message: expect.stringContaining('not installed on ada/tool'),
      });
    }
  });

  test('makes a repository in an organisation, and no fork', async () => {
    expect(await forge('acme/new').createRepository({ private: true })).toEqual({ created: true });
    expect((await failure(forge().fork())).type).toBe('forge_auth_failed');
  });

  test('with a key that is none fails with invalid_config, without the key', async () => {
    const githubApp = { appId: '1', installationId: undefined, privateKey: 'not-a-key' };
    const refused = await failure(
      forgeAt(`${standIn.origin}/acme/app`, { githubApp, githubApiUrl: standIn.apiUrl }).gitCredentials(),
    );
    expect(refused.type).toBe('invalid_config');
    expect(refused.message).not.toContain('not-a-key');
  });
});
