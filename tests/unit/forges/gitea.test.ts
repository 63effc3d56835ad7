import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startGitea, type GiteaStandIn } from '../../support/forges/gitea.ts';
import { forgeAt } from './forge-at.ts';
import { describeForge, plan } from './forge.contract.ts';

describeForge(async () => {
  const standIn = await startGitea();
  return {
    standIn,
    opens: /^POST .*pulls$/,
    draftPrefix: 'WIP: ',
    later: ['reviewers'],
    forge: (path = 'acme/app', giteaToken = 'user-token') =>
      forgeAt(`${standIn.origin}/${path}`, { giteaToken, kinds: { [standIn.host]: 'gitea' } }),
  };
});

describe('Gitea', () => {
  let standIn: GiteaStandIn;
  beforeEach(async () => (standIn = await startGitea()));
  afterEach(async () => {
    await standIn.close();
    expect(standIn.unexpected).toEqual([]);
  });
  const forge = (): ReturnType<typeof forgeAt> =>
    forgeAt(`${standIn.origin}/acme/app`, { giteaToken: 'user-token', kinds: { [standIn.host]: 'gitea' } });

  test('a label that the repository does not have is told, and the others are set', async () => {
    standIn.state.repo('acme/app')?.branches.set('agenticore-1', 'sha-work');
    const { warnings } = await forge().findOrOpenPullRequest(
      plan({ labels: ['secret', 'bot'], reviewers: ['acme/owners'] }),
    );
    expect(warnings).toEqual(['Could not set the label secret: the repository does not have it.']);
    expect(standIn.state.pulls[0]).toMatchObject({ labels: ['bot'], reviewers: ['team owners'] });
  });

  test('an old pull request among many newer ones is found by its branch', async () => {
    const { state } = standIn;
    state.repo('acme/app')?.branches.set('agenticore-1', 'sha-work');
    await forge().findOrOpenPullRequest(plan());
    const other = {
      repo: 'acme/app',
      headRepo: 'acme/app',
      base: 'main',
      title: '',
      body: '',
      draft: false,
      labels: [],
      reviewers: [],
    };
    for (let n = 0; n < 60; n++) state.pull({ ...other, branch: `other-${n}` });
    expect(await forge().findOrOpenPullRequest(plan())).toMatchObject({ number: 1, opened: false });
  });

  test('a fork by another name is found', async () => {
    standIn.state.add('robot/my-app', { forkOf: 'acme/app' });
    expect(await forge().fork()).toEqual({ url: `${standIn.origin}/robot/my-app.git`, owner: 'robot' });
  });

  test('that is below a path of its host is spoken to and cloned from there', async () => {
    const below = await startGitea({ below: '/code/gitea' });
    below.state.repo('acme/app')?.branches.set('agenticore-1', 'sha-work');
    const kinds = { [`${below.host}/code/gitea`]: 'gitea' as const };
    const it = forgeAt(`${below.origin}/code/gitea/acme/app.git`, { giteaToken: 'user-token', kinds });
    expect(await it.canPush()).toBe(true);
    expect(await it.fork()).toEqual({ url: `${below.origin}/code/gitea/robot/app.git`, owner: 'robot' });
    expect(await it.findOrOpenPullRequest(plan())).toMatchObject({ opened: true });
    await below.close();
    expect(below.unexpected).toEqual([]);
  });
});
