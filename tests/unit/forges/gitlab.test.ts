import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startGitLab, type GitLabStandIn } from '../../support/forges/gitlab.ts';
import { forgeAt } from './forge-at.ts';
import { describeForge, plan } from './forge.contract.ts';

describeForge(async () => {
  const standIn = await startGitLab();
  return {
    standIn,
    opens: /^POST .*merge_requests$/,
    draftPrefix: 'Draft: ',
    later: [],
    forge: (path = 'acme/app', gitlabToken = 'user-token') =>
      forgeAt(`${standIn.origin}/${path}`, { gitlabToken, kinds: { [standIn.host]: 'gitlab' } }),
  };
});

describe('GitLab', () => {
  let standIn: GitLabStandIn;
  beforeEach(async () => (standIn = await startGitLab()));
  afterEach(async () => {
    await standIn.close();
    expect(standIn.unexpected).toEqual([]);
  });

  test('a project in a group of groups is one', async () => {
    standIn.state.add('acme/team/tools/app', {
      branches: new Map([
        ['main', 'sha-main'],
        ['work', 'sha-work'],
      ]),
    });
    const settings = { gitlabToken: 'user-token', kinds: { [standIn.host]: 'gitlab' as const } };
    const forge = forgeAt(`${standIn.origin}/acme/team/tools/app.git`, settings);
    expect(await forge.canPush()).toBe(true);
    expect(await forge.findOrOpenPullRequest(plan({ branch: 'work' }))).toMatchObject({ opened: true });
  });

  test('labels and reviewers that GitLab leaves out are told', async () => {
    standIn.state.repo('acme/app')?.branches.set('agenticore-1', 'sha-work');
    const forge = forgeAt(`${standIn.origin}/acme/app`, {
      gitlabToken: 'user-token',
      kinds: { [standIn.host]: 'gitlab' },
    });
    standIn.licence.reviewers = 1;
    const wish = plan({ labels: ['bot', 'secret'], reviewers: ['ada', 'grace'] });
    const { warnings } = await forge.findOrOpenPullRequest(wish);
    expect(warnings).toEqual([
      'Could not set the label secret: GitLab ignored it.',
      'Could not request a review from grace: GitLab ignored it.',
    ]);
  });

  test('a new fork is waited for until its commits are there', async () => {
    const forge = forgeAt(`${standIn.origin}/acme/app`, {
      gitlabToken: 'user-token',
      kinds: { [standIn.host]: 'gitlab' },
    });
    await forge.fork();
    expect(standIn.state.repo('robot/app')?.looksUntilReady).toBeLessThanOrEqual(0);
  });

  test('that is below a path of its host is spoken to and cloned from there', async () => {
    const below = await startGitLab({ below: '/code/gitlab' });
    below.state.repo('acme/app')?.branches.set('agenticore-1', 'sha-work');
    const kinds = { [`${below.host}/code/gitlab`]: 'gitlab' as const };
    const it = forgeAt(`${below.origin}/code/gitlab/acme/app.git`, { gitlabToken: 'user-token', kinds });
    expect(await it.canPush()).toBe(true);
    expect(await it.fork()).toEqual({ url: `${below.origin}/code/gitlab/robot/app.git`, owner: 'robot' });
    expect(await it.findOrOpenPullRequest(plan())).toMatchObject({ opened: true });
    await below.close();
    expect(below.unexpected).toEqual([]);
  });
});
